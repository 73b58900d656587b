package javax.annotation;

/** The annotation of generated code. It is in jakarta.annotation-api, which the tests cannot install. */
public @interface Generated {
    String value();
    String date() default "";
}
