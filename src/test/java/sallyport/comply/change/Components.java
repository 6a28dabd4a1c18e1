package sallyport.comply.change;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.DeclaredLimit;
import sallyport.config.setting.Looser;

/** Walks through the records of the configuration, by what they are declared as and by value. */
final class Components {
  private Components() {}

  // ---- as declared

  /**
   * The name of every setting, such as {@code HstsConfig.maxAge}. A record that is always there is
   * no setting itself: those in it are.
   */
  static Set<String> all() {
    Set<String> names = new TreeSet<>();
    addAll(GatewayConfig.class, names, new HashSet<>());
    return names;
  }

  /** The names of the limits whose declaration gives a direction, or the reason why none. */
  static Set<String> declared() {
    Set<String> names = new TreeSet<>();
    Set<Class<?>> records = new HashSet<>();
    addAll(GatewayConfig.class, new TreeSet<>(), records);
    for (Class<?> record : records) {
      if (record.isRecord()) {
        DeclaredLimit.of(record.asSubclass(Record.class)).stream()
            .filter(each -> each.limit().looser() != Looser.ELSEWHERE)
            .forEach(each -> names.add(name(each.component())));
      }
    }
    return names;
  }

  private static void addAll(Class<?> type, Set<String> names, Set<Class<?>> seen) {
    if (!seen.add(type)) {
      return;
    }
    if (type.isSealed()) {
      for (Class<?> permitted : type.getPermittedSubclasses()) {
        addAll(permitted, names, seen);
      }
    } else if (type.isRecord()) {
      for (RecordComponent component : type.getRecordComponents()) {
        if (component.getType() != ConfigLocation.class) {
          boolean part = component.getType().isRecord();
          if (!part || component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
            names.add(name(component));
          }
          parts(component.getGenericType(), names, seen);
        }
      }
    }
  }

  private static void parts(Type type, Set<String> names, Set<Class<?>> seen) {
    if (type instanceof ParameterizedType parameterized) {
      for (Type argument : parameterized.getActualTypeArguments()) {
        parts(argument, names, seen);
      }
    } else if (type instanceof Class<?> plain && (plain.isRecord() || plain.isSealed())) {
      addAll(plain, names, seen);
    }
  }

  static String name(RecordComponent component) {
    Class<?> owner = component.getDeclaringRecord();
    Class<?> around = owner.getEnclosingClass();
    return (around == null ? "" : around.getSimpleName() + ".")
        + owner.getSimpleName()
        + "."
        + component.getName();
  }

  // ---- by value

  /** The settings in which two configurations differ. */
  static Set<String> differing(GatewayConfig one, GatewayConfig other) {
    Set<String> names = new TreeSet<>();
    compare("", one, other, names);
    names.remove("GatewayConfig.sha256");
    return names;
  }

  private static void compare(
      String name, @Nullable Object one, @Nullable Object other, Set<String> names) {
    if (Objects.equals(one, other)) {
      return;
    }
    if (one instanceof Record record
        && other instanceof Record
        && one.getClass() == other.getClass()) {
      for (RecordComponent component : record.getClass().getRecordComponents()) {
        if (component.getType() == ConfigLocation.class) {
          continue;
        }
        compare(name(component), value(component, one), value(component, other), names);
      }
    } else if (one instanceof Map<?, ?> map
        && other instanceof Map<?, ?> others
        && map.keySet().equals(others.keySet())) {
      map.forEach((key, value) -> compare(name, value, others.get(key), names));
    } else if (one instanceof Collection<?> list
        && other instanceof Collection<?> others
        && list.size() == others.size()) {
      Iterator<?> its = others.iterator();
      list.forEach(each -> compare(name, each, its.next(), names));
    } else {
      names.add(name);
    }
  }

  private static Object value(RecordComponent component, Object record) {
    try {
      component.getAccessor().setAccessible(true);
      return component.getAccessor().invoke(record);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError(e.getMessage(), e);
    }
  }
}
