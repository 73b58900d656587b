package org.openapitools.jackson.nullable;

import com.fasterxml.jackson.databind.module.SimpleModule;

/**
 * Stands in for the module of jackson-databind-nullable, which is neither on npm nor in Debian. It is for fields that are
 * nullable. The contract has none, and no client of the contract of names is run.
 */
public class JsonNullableModule extends SimpleModule {
}
