package org.openapitools.jackson.nullable;

/** Stands in for the class of jackson-databind-nullable, as far as models of the contract of names use it. */
public final class JsonNullable<T> {
    private final T value;
    private final boolean present;

    private JsonNullable(T value, boolean present) {
        this.value = value;
        this.present = present;
    }

    public static <T> JsonNullable<T> of(T value) {
        return new JsonNullable<>(value, true);
    }

    public static <T> JsonNullable<T> undefined() {
        return new JsonNullable<>(null, false);
    }

    public T orElse(T other) {
        return present ? value : other;
    }

    public T get() {
        return value;
    }

    public boolean isPresent() {
        return present;
    }
}
