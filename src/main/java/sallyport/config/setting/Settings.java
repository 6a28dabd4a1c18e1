package sallyport.config.setting;

import java.lang.reflect.RecordComponent;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.config.problem.ConfigLocation;

/**
 * Comparison of settings without the places that they are written at.
 *
 * <p>The records of a configuration have locations for messages, and are equal when these are equal
 * too. A reload asks another question: whether a part of the gateway would work as before. A
 * comment above a backend moves all that follows by a line and changes no setting.
 */
public final class Settings {
  private Settings() {}

  /**
   * Returns whether two values are the same settings: equal, or records, lists or maps whose parts
   * are the same, {@link ConfigLocation} components aside.
   */
  public static boolean same(@Nullable Object one, @Nullable Object other) {
    if (one instanceof Record record && other instanceof Record && isOneClass(one, other)) {
      return sameComponents(record, other);
    }
    if (one instanceof List<?> list && other instanceof List<?> others) {
      return sameElements(list, others);
    }
    if (one instanceof Map<?, ?> map && other instanceof Map<?, ?> others) {
      return map.keySet().equals(others.keySet())
          && map.entrySet().stream()
              .allMatch(entry -> same(entry.getValue(), others.get(entry.getKey())));
    }
    return Objects.equals(one, other);
  }

  /** Returns whether each element of both lists is the same as one of the other list. */
  public static boolean sameInAnyOrder(List<?> some, List<?> others) {
    return eachIn(some, others) && eachIn(others, some);
  }

  private static boolean eachIn(List<?> some, List<?> others) {
    return some.stream().allMatch(one -> others.stream().anyMatch(other -> same(one, other)));
  }

  private static boolean isOneClass(Object one, Object other) {
    return one.getClass() == other.getClass();
  }

  private static boolean sameElements(List<?> list, List<?> others) {
    Iterator<?> its = others.iterator();
    return list.size() == others.size() && list.stream().allMatch(one -> same(one, its.next()));
  }

  private static boolean sameComponents(Record one, Object other) {
    for (RecordComponent component : one.getClass().getRecordComponents()) {
      if (component.getType() != ConfigLocation.class
          && !same(value(component, one), value(component, other))) {
        return false;
      }
    }
    return true;
  }

  /** Returns the value of a component of a record. */
  public static @Nullable Object value(RecordComponent component, Object record) {
    try {
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException notPublic) {
      throw new IllegalArgumentException(component.toString(), notPublic);
    }
  }
}
