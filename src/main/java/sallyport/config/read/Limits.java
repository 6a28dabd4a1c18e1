package sallyport.config.read;

import java.lang.reflect.Constructor;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import sallyport.config.setting.DeclaredLimit;
import sallyport.config.setting.Section;
import sallyport.config.setting.Switch;

/**
 * Reader of the limits that a record declares.
 *
 * @see sallyport.config.setting.Limit
 */
public final class Limits {
  private final Class<? extends Record> type;
  private final List<DeclaredLimit> declared;

  private Limits(Class<? extends Record> type) {
    this.type = type;
    this.declared = DeclaredLimit.of(type);
  }

  /** The limits of a record that has other settings beside them. */
  public static Limits of(Class<? extends Record> type) {
    return new Limits(type);
  }

  /**
   * Reads a record all of whose components are declared, and reports unknown keys.
   *
   * @param in its section
   */
  public static <R extends Record> R read(Class<R> type, ConfigReader in) {
    R record = beside(type, in);
    in.finish();
    return record;
  }

  /** Reads such a record where other settings stand beside its own in one section. */
  public static <R extends Record> R beside(Class<R> type, ConfigReader in) {
    RecordComponent[] components = type.getRecordComponents();
    try {
      Constructor<R> constructor =
          type.getDeclaredConstructor(
              Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new));
      return constructor.newInstance(
          Arrays.stream(components).map(component -> value(component, in)).toArray());
    } catch (ReflectiveOperationException undeclared) {
      throw new IllegalArgumentException(type.toString(), undeclared);
    }
  }

  private static Object value(RecordComponent component, ConfigReader in) {
    DeclaredLimit limit = DeclaredLimit.of(component);
    if (limit != null) {
      return value(limit, in);
    }
    Switch onOff = component.getAnnotation(Switch.class);
    if (onOff != null) {
      return in.bool(onOff.value());
    }
    Section section = Objects.requireNonNull(component.getAnnotation(Section.class));
    Class<? extends Record> type = component.getType().asSubclass(Record.class);
    return section.value().isEmpty() ? beside(type, in) : read(type, in.section(section.value()));
  }

  private static Object value(DeclaredLimit limit, ConfigReader in) {
    return switch (limit.kind()) {
      case TIME -> time(limit, in);
      case SIZE, SHARE, COUNT -> {
        long number = number(limit, in);
        yield limit.component().getType() == int.class
            ? (Object) Math.toIntExact(number)
            : (Object) number;
      }
    };
  }

  private static Duration time(DeclaredLimit limit, ConfigReader in) {
    String key = last(limit);
    return limit.limit().orZero()
        ? in.durationOrZero(key, limit.minTime(), limit.maxTime())
        : in.duration(key, limit.minTime(), limit.maxTime());
  }

  private static long number(DeclaredLimit limit, ConfigReader in) {
    String key = last(limit);
    return switch (limit.kind()) {
      case SIZE -> in.bytes(key, limit.min(), limit.max());
      case SHARE -> in.percent(key, Math.toIntExact(limit.min()), Math.toIntExact(limit.max()));
      case TIME, COUNT ->
          in.integer(key, Math.toIntExact(limit.min()), Math.toIntExact(limit.max()));
    };
  }

  private static String last(DeclaredLimit limit) {
    String key = limit.limit().key();
    return key.substring(key.lastIndexOf('.') + 1);
  }

  // ---- single limits

  /**
   * Reads a time.
   *
   * @param key as declared
   * @param in the section that the last part of the key stands in
   */
  public Duration duration(String key, ConfigReader in) {
    return time(declared(key), in);
  }

  /** Reads a count, as {@link #duration} a time. */
  public int count(String key, ConfigReader in) {
    return Math.toIntExact(number(declared(key), in));
  }

  /** Reads a size in bytes, as {@link #duration} a time. */
  public long bytes(String key, ConfigReader in) {
    return number(declared(key), in);
  }

  private DeclaredLimit declared(String key) {
    return declared.stream()
        .filter(each -> each.limit().key().equals(key))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(type + " declares no limit " + key));
  }
}
