package sallyport.testkit;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import sallyport.config.GatewayConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.route.RouteConfig;
import sallyport.config.setting.DeclaredLimit;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Section;
import sallyport.config.stream.HelloConfig;
import sallyport.config.stream.StreamConfig;

/**
 * A declared limit and where it stands.
 *
 * @param root the section of reference.conf that the record at the top belongs to
 * @param key below the root
 * @param apart whether changes are judged apart from those of the record at the top
 */
public record DeclaredSetting(String root, String key, DeclaredLimit declared, boolean apart) {
  private static final Map<String, Class<? extends Record>> ROOTS =
      new TreeMap<>(
          Map.of(
              "gateway", GatewayConfig.class,
              "gateway-defaults.listener", ListenerConfig.HttpProxy.class,
              "gateway-defaults.stream", StreamConfig.class,
              "gateway-defaults.pass-through", HelloConfig.class,
              "gateway-defaults.route", RouteConfig.class,
              "gateway-defaults.backend", BackendConfig.class,
              "gateway-defaults.endpoint", BackendConfig.EndpointConfig.class,
              "gateway-defaults.acme", AcmeConfig.class));

  /** The defaults. */
  public static final Config REFERENCE = ConfigFactory.parseResources("reference.conf").resolve();

  /** All that the configuration has. */
  public static List<DeclaredSetting> all() {
    List<DeclaredSetting> all = new ArrayList<>();
    ROOTS.forEach((root, type) -> add(root, "", type, /* apart= */ false, all));
    return all;
  }

  private static void add(
      String root,
      String prefix,
      Class<? extends Record> type,
      boolean apart,
      List<DeclaredSetting> all) {
    for (RecordComponent component : type.getRecordComponents()) {
      DeclaredLimit limit = DeclaredLimit.of(component);
      Section section = component.getAnnotation(Section.class);
      if (limit != null) {
        all.add(new DeclaredSetting(root, prefix + limit.limit().key(), limit, apart));
      } else if (section != null) {
        for (Class<? extends Record> kind : kinds(component.getType())) {
          add(
              root,
              section.value().isEmpty() ? prefix : prefix + section.value() + ".",
              kind,
              apart || !section.apart().isEmpty(),
              all);
        }
      }
    }
  }

  /** The records that a section may be. */
  private static List<Class<? extends Record>> kinds(Class<?> type) {
    List<Class<? extends Record>> kinds = new ArrayList<>();
    if (type.isSealed()) {
      for (Class<?> kind : type.getPermittedSubclasses()) {
        kinds.addAll(kinds(kind));
      }
    } else {
      kinds.add(type.asSubclass(Record.class));
    }
    return kinds;
  }

  /** The path in reference.conf. */
  public String path() {
    return root + "." + key;
  }

  public Limit limit() {
    return declared.limit();
  }

  /** The range as reference.conf has to write it. */
  public String range() {
    return limit().max().isEmpty()
        ? limit().min() + " or more"
        : limit().min() + " to " + limit().max();
  }

  /** The default and a little more, as the configuration writes values. */
  public String more(int steps) {
    return switch (declared.kind()) {
      case TIME -> REFERENCE.getDuration(path()).plusSeconds(steps).toMillis() + "ms";
      case SIZE -> REFERENCE.getBytes(path()) + steps + "B";
      case SHARE -> share(REFERENCE.getString(path())) + steps + "%";
      case COUNT -> String.valueOf(REFERENCE.getLong(path()) + steps);
    };
  }

  /** The number of a share such as {@code 20%}. */
  public static long share(String text) {
    return Long.parseLong(text.substring(0, text.length() - 1));
  }

  @Override
  public String toString() {
    return path();
  }
}
