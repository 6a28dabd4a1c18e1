package sallyport.config.setting;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Declaration of where the settings of a record component stand that is a record itself. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Section {
  /** The key of the object; empty: the settings stand beside those of the record around it. */
  String value();

  /** The reason why changes of its limits are not judged with the record around it. */
  String apart() default "";
}
