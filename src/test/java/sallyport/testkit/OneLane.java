package sallyport.testkit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;

/**
 * Integration tests to which the number of event loops cannot matter: the build runs them in the
 * first lane alone, see {@link Loops}.
 */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@Tag("one-lane")
public @interface OneLane {
  /** Why it cannot matter. */
  String value();
}
