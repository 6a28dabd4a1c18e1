package sallyport.config.setting;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A limit as its record declares it.
 *
 * @param component that holds it
 * @param limit the declaration
 */
public record DeclaredLimit(RecordComponent component, Limit limit) {
  private static final String PERCENT = "%";

  /** The unit of a limit. */
  public enum Kind {
    TIME,
    SIZE,
    /** In percent. */
    SHARE,
    COUNT
  }

  /** Returns the limits that a record declares, in the order of its components. */
  public static List<DeclaredLimit> of(Class<? extends Record> type) {
    return Arrays.stream(type.getRecordComponents())
        .map(DeclaredLimit::of)
        .filter(Objects::nonNull)
        .map(Objects::requireNonNull)
        .toList();
  }

  /** Returns the limit of a component; null where it declares none. */
  public static @Nullable DeclaredLimit of(RecordComponent component) {
    Limit limit = component.getAnnotation(Limit.class);
    return limit == null ? null : new DeclaredLimit(component, limit);
  }

  /** The unit, by the type of the component and by the unit of its range. */
  public Kind kind() {
    if (component.getType() == Duration.class) {
      return Kind.TIME;
    }
    if (limit.max().endsWith(PERCENT)) {
      return Kind.SHARE;
    }
    return limit.min().endsWith("B") || limit.max().endsWith("B") ? Kind.SIZE : Kind.COUNT;
  }

  /** The least time. */
  public Duration minTime() {
    return parsed(limit.min()).getDuration("at");
  }

  /** The longest time. */
  public Duration maxTime() {
    return parsed(limit.max()).getDuration("at");
  }

  /** The least count, size in bytes, or share in percent. */
  public long min() {
    return number(limit.min());
  }

  /** The largest count, size in bytes, or share in percent. */
  public long max() {
    if (limit.max().isEmpty()) {
      return component.getType() == int.class ? Integer.MAX_VALUE : Long.MAX_VALUE;
    }
    return number(limit.max());
  }

  private long number(String text) {
    return switch (kind()) {
      case SIZE -> parsed(text).getBytes("at");
      case SHARE -> Long.parseLong(text.substring(0, text.length() - PERCENT.length()));
      case TIME, COUNT -> parsed(text).getLong("at");
    };
  }

  private static Config parsed(String text) {
    return ConfigFactory.empty().withValue("at", ConfigValueFactory.fromAnyRef(text));
  }

  /** The value in a record. */
  public @Nullable Object in(Record record) {
    return Settings.value(component, record);
  }
}
