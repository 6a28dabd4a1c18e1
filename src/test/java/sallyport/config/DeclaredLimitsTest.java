package sallyport.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.config.setting.DeclaredLimit;
import sallyport.config.setting.Looser;
import sallyport.testkit.DeclaredSetting;

/** Each limit is declared once, and {@code reference.conf} says the same of it. */
class DeclaredLimitsTest {
  /** Numbers and times that are no plain limits, each with the reason. */
  private static final Map<String, String> BY_HAND =
      Map.ofEntries(
          Map.entry("Group.number", "a digit in a text"),
          Map.entry("HttpProxy.publicPort", "a port"),
          Map.entry("BindAddress.port", "a port"),
          Map.entry("Host.port", "a port"),
          Map.entry("Named.id", "the number of a user"),
          Map.entry("Redirect.status", "five of them"),
          Map.entry("Respond.status", "read where a route has a fixed answer"),
          Map.entry("RuntimeConfig.workers", "0 stands for the processors"),
          Map.entry("RuntimeConfig.maxBufferMemory", "0, or from 16MiB on"),
          Map.entry(
              "ServerTlsConfig.clientHelloMaxBytes", "the error names the TLS library's limit"),
          Map.entry("Derived.clockSkew", "only with one source, and compared with accepted"));

  private static final Config REFERENCE = DeclaredSetting.REFERENCE;

  @TempDir Path folder;

  static List<DeclaredSetting> limits() {
    return DeclaredSetting.all();
  }

  @ParameterizedTest
  @MethodSource("limits")
  void theReferenceHasItsDefaultAndNamesItsRange(DeclaredSetting at) throws IOException {
    if (at.declared().component().getType() == Long.class) {
      // Optional: the line of the reference is a comment.
      String key = at.path().substring(at.path().lastIndexOf('.') + 1);
      assertThat(reference().lines())
          .as("a line '# %s = ...' with '%s'", key, at.range())
          .anyMatch(line -> line.strip().startsWith("# " + key + " = ") && names(line, at));
      return;
    }
    assertThat(REFERENCE.hasPath(at.path())).as("%s in reference.conf", at).isTrue();
    ConfigValue value = REFERENCE.getValue(at.path());
    String comment = String.join(" ", value.origin().comments());
    assertThat(names(comment, at))
        .as("'%s' in the comment of %s: '%s'", at.range(), at, comment)
        .isTrue();
    if (at.limit().orZero()) {
      assertThat(comment).as("what 0 means of %s", at).contains("0:");
    }
  }

  private static boolean names(String comment, DeclaredSetting at) {
    return Pattern.compile("(?<![0-9.])" + Pattern.quote(at.range()) + "(?![0-9A-Za-z])")
        .matcher(comment)
        .find();
  }

  private static String reference() throws IOException {
    return Files.readString(Path.of("src/main/resources/reference.conf"));
  }

  @ParameterizedTest
  @MethodSource("limits")
  void itsDefaultLiesInItsRange(DeclaredSetting at) {
    if (REFERENCE.hasPath(at.path())) {
      if (at.declared().kind() == DeclaredLimit.Kind.TIME) {
        Duration value = REFERENCE.getDuration(at.path());
        assertThat(
                (value.isZero() && at.limit().orZero())
                    || (value.compareTo(at.declared().minTime()) >= 0
                        && value.compareTo(at.declared().maxTime()) <= 0))
            .as("%s = %s", at, value)
            .isTrue();
      } else {
        long value =
            switch (at.declared().kind()) {
              case SIZE -> REFERENCE.getBytes(at.path());
              case SHARE -> DeclaredSetting.share(REFERENCE.getString(at.path()));
              case TIME, COUNT -> REFERENCE.getLong(at.path());
            };
        assertThat(value).as(at.path()).isBetween(at.declared().min(), at.declared().max());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("limits")
  void whereNoDirectionIsLooserTheReasonIsGiven(DeclaredSetting at) {
    boolean needed = at.limit().looser() == Looser.NEVER || at.limit().looser() == Looser.ELSEWHERE;
    assertThat(!at.limit().reason().isEmpty()).as("reason of %s", at).isEqualTo(needed);
  }

  /** A number or a time without a declaration has no range that a test holds. */
  @Test
  void everyNumberAndTimeOfTheConfigurationIsDeclaredAndStandsInASection() {
    Set<String> reached = new TreeSet<>();
    limits().forEach(at -> reached.add(name(at.declared().component())));
    Set<String> missing = new TreeSet<>();
    Set<Class<?>> types = new HashSet<>();
    collect(GatewayConfig.class, types);
    for (Class<?> type : types) {
      for (RecordComponent component : type.getRecordComponents()) {
        Class<?> of = component.getType();
        if (of == int.class || of == long.class || of == Long.class || of == Duration.class) {
          missing.add(name(component));
        }
      }
    }
    Set<String> unneeded = new TreeSet<>(BY_HAND.keySet());
    unneeded.removeAll(missing);
    assertThat(unneeded).as("no settings").isEmpty();
    missing.removeAll(BY_HAND.keySet());
    missing.remove("ConfigLocation.line");
    missing.removeAll(reached);
    assertThat(missing).as("settings without @Limit, or in no @Section").isEmpty();
  }

  private static String name(RecordComponent component) {
    return component.getDeclaringRecord().getSimpleName() + "." + component.getName();
  }

  private static void collect(Type type, Set<Class<?>> types) {
    if (type instanceof java.lang.reflect.ParameterizedType parameterized) {
      for (Type argument : parameterized.getActualTypeArguments()) {
        collect(argument, types);
      }
    } else if (type instanceof Class<?> plain && plain.isSealed()) {
      for (Class<?> permitted : plain.getPermittedSubclasses()) {
        collect(permitted, types);
      }
    } else if (type instanceof Class<?> plain
        && plain.isRecord()
        && plain.getPackageName().startsWith("sallyport.config")
        && types.add(plain)) {
      for (RecordComponent component : plain.getRecordComponents()) {
        collect(component.getGenericType(), types);
      }
    }
  }

  /** The defaults, written as a user would: a key that nothing reads is an unknown key. */
  @Test
  void everyKeyOfTheReferenceIsRead() throws IOException {
    for (String name : List.of("a.pem", "a.key")) {
      Files.createFile(folder.resolve(name));
    }
    Config defaults = REFERENCE.getConfig("gateway-defaults");
    Config files =
        ConfigFactory.parseString(
            """
            listener {
              bind = "127.0.0.1:0"
              tls.certificates = [ { chain = a.pem, key = a.key } ]
            }
            route.backend = app
            backend {
              endpoints = [ "127.0.0.1:1" ]
              tls { trust = a.pem, certificate { chain = a.pem, key = a.key } }
            }
            acme {
              directory = "https://acme.test/", store = acme, passphrase.env = P
              terms-agreed = true
            }
            """);
    Config all = files.withFallback(defaults);
    Config user =
        REFERENCE
            .withOnlyPath("gateway")
            .withValue("gateway.listeners.https", all.getValue("listener"))
            .withValue(
                "gateway.routes",
                ConfigValueFactory.fromIterable(List.of(all.getValue("route").unwrapped())))
            .withValue("gateway.backends.app", all.getValue("backend"))
            .withValue("gateway.acme.lab", all.getValue("acme"))
            // Belongs to another source of tickets than the default one.
            .withoutPath("gateway.listeners.https.tls.session-tickets.clock-skew");
    assertThatCode(() -> GatewayConfig.parse(user.root().render(), folder))
        .doesNotThrowAnyException();
  }
}
