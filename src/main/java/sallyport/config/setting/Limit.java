package sallyport.config.setting;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Declaration of a plain limit on the record component that holds it: a {@link java.time.Duration},
 * a size in bytes, a count or a share in percent.
 *
 * <p>Reading, the range check, the judgement of a change and the check of {@code reference.conf}
 * follow from it.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Limit {
  /** The key, below the section of the record; a dot leads into a section without a record. */
  String key();

  /** The least value, with its unit, as the configuration and {@code reference.conf} write it. */
  String min();

  /** The largest value, with its unit; empty: the largest that the component can hold. */
  String max() default "";

  /** Whether 0 is valid although it is below {@link #min}. */
  boolean orZero() default false;

  /** The change that makes it looser. */
  Looser looser();

  /** The reason where {@link #looser} is {@code NEVER} or {@code ELSEWHERE}. */
  String reason() default "";

  /** The key of another limit of the record; while that is 0, this one has no effect. */
  String unlessZero() default "";
}
