package org.openapitools.jackson.nullable;

import com.fasterxml.jackson.databind.module.SimpleModule;

/**
 * Stands in for the module of jackson-databind-nullable, which is neither on npm nor in Debian. It is for fields that are
 * nullable, and the contract has none.
 */
public class JsonNullableModule extends SimpleModule {
}
