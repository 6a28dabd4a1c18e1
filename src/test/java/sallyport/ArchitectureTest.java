package sallyport;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.domain.properties.HasOwner;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import sallyport.config.GatewayConfig;
import sallyport.config.problem.ConfigLocation;
import sallyport.config.setting.Settings;

/** The structure of the code: who may import whom, held by the build. */
class ArchitectureTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .importUrl(GatewayConfig.class.getProtectionDomain().getCodeSource().getLocation());

  /**
   * Each room and the only other rooms it may import, in the order of the data from the last to the
   * first. A room without an entry of its own belongs to the one above it, as {@code tls.hello} to
   * {@code tls}.
   */
  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          entry("values", Set.of()),
          entry("config.problem", Set.of()),
          entry("config.setting", Set.of("config.problem")),
          entry("config.read", Set.of("config.problem", "config.setting", "values")),
          entry("config.files", Set.of("config.problem", "config.read")),
          entry("config.address", Set.of("config.read")),
          entry("config.certificate", Set.of("config.problem", "config.read")),
          entry(
              "config.tls",
              Set.of("config.address", "config.certificate", "config.problem", "config.read")),
          entry("config.http", Set.of("config.read")),
          entry(
              "config.backend",
              Set.of(
                  "config.address",
                  "config.certificate",
                  "config.http",
                  "config.problem",
                  "config.read",
                  "config.tls")),
          entry(
              "config.route",
              Set.of(
                  "config.address", "config.http", "config.problem", "config.read", "config.tls")),
          entry(
              "config.listener",
              Set.of(
                  "config.address",
                  "config.certificate",
                  "config.http",
                  "config.problem",
                  "config.read",
                  "config.tls",
                  "values")),
          entry(
              "config",
              Set.of(
                  "config.address",
                  "config.backend",
                  "config.certificate",
                  "config.files",
                  "config.http",
                  "config.listener",
                  "config.problem",
                  "config.read",
                  "config.route",
                  "config.tls",
                  "values")),
          entry("logging", Set.of()),
          entry("observe", Set.of()),
          entry("observe.metrics", Set.of()),
          entry("observe.access", Set.of("observe", "logging", "values")),
          entry("observe.audit", Set.of("logging", "values")),
          entry("net", Set.of("observe", "values")),
          entry("net.transport", Set.of("config", "config.http", "config.listener")),
          entry(
              "net.admission",
              Set.of("config.listener", "net", "observe.audit", "observe.metrics", "values")),
          // The log: of connections that the operating system does not hand over.
          entry(
              "net.listener",
              Set.of(
                  "config.address",
                  "logging",
                  "net",
                  "net.admission",
                  "net.transport",
                  "observe.metrics")),
          entry("http", Set.of("net", "observe.access", "values")),
          entry(
              "http.codec",
              Set.of("config.backend", "config.http", "config.listener", "http", "net")),
          entry(
              "credentials.keys",
              Set.of(
                  "config.address",
                  "config.certificate",
                  "config.problem",
                  "config.setting",
                  "config.tls",
                  "observe.audit")),
          entry(
              "credentials.revocation",
              Set.of(
                  "config.certificate",
                  "config.problem",
                  "credentials.keys",
                  "logging",
                  "observe.audit",
                  "observe.metrics")),
          entry(
              "credentials.acme",
              Set.of(
                  "config.certificate",
                  "config.problem",
                  "credentials.keys",
                  "observe.audit",
                  "observe.metrics")),
          entry(
              "tls",
              Set.of(
                  "config.address",
                  "config.backend",
                  "config.certificate",
                  "config.http",
                  "config.listener",
                  "config.problem",
                  "config.setting",
                  "config.tls",
                  "credentials.keys",
                  "credentials.revocation",
                  "http",
                  "logging",
                  "net",
                  "observe.audit",
                  "observe.metrics",
                  "values")),
          entry("cluster", Set.of("config.backend")),
          entry(
              "connect",
              Set.of(
                  "cluster",
                  "config.backend",
                  "config.http",
                  "config.problem",
                  "http.codec",
                  "logging",
                  "net",
                  "net.transport",
                  "observe.audit",
                  "observe.metrics",
                  "tls",
                  "values")),
          entry("route", Set.of("config.http", "config.listener", "config.route", "config.tls")),
          entry(
              "redirect",
              Set.of(
                  "config.http",
                  "http",
                  "http.codec",
                  "net",
                  "net.transport",
                  "observe.access",
                  "observe.audit",
                  "observe.metrics",
                  "route",
                  "values")),
          entry(
              "proxy",
              Set.of(
                  "cluster",
                  "config.backend",
                  "config.http",
                  "config.listener",
                  "config.route",
                  "config.tls",
                  "connect",
                  "http",
                  "http.codec",
                  "net",
                  "net.admission",
                  "net.transport",
                  "observe",
                  "observe.access",
                  "observe.audit",
                  "observe.metrics",
                  "route",
                  "values")),
          entry(
              "front",
              Set.of(
                  "config.http",
                  "config.listener",
                  "config.tls",
                  "http",
                  "http.codec",
                  "net",
                  "net.admission",
                  "net.transport",
                  "observe.audit",
                  "observe.metrics",
                  "proxy",
                  "redirect",
                  "tls",
                  "values")),
          entry(
              "comply.change",
              Set.of(
                  "config",
                  "config.address",
                  "config.backend",
                  "config.certificate",
                  "config.http",
                  "config.listener",
                  "config.route",
                  "config.setting",
                  "config.tls",
                  "tls",
                  "values")),
          entry(
              "comply.checklist",
              Set.of(
                  "config",
                  "config.address",
                  "config.backend",
                  "config.certificate",
                  "config.http",
                  "config.listener",
                  "config.problem",
                  "config.tls",
                  "credentials.keys",
                  "logging",
                  "tls",
                  "values")),
          entry("admin", Set.of("http", "observe.metrics")),
          entry(
              "gateway",
              Set.of(
                  "admin",
                  "cluster",
                  "comply.change",
                  "comply.checklist",
                  "config",
                  "config.address",
                  "config.backend",
                  "config.certificate",
                  "config.listener",
                  "config.problem",
                  "config.route",
                  "config.setting",
                  "config.tls",
                  "connect",
                  "credentials.acme",
                  "credentials.keys",
                  "credentials.revocation",
                  "front",
                  "logging",
                  "net",
                  "net.admission",
                  "net.listener",
                  "net.transport",
                  "observe.access",
                  "observe.audit",
                  "observe.metrics",
                  "proxy",
                  "redirect",
                  "route",
                  "tls",
                  "values")),
          entry("tools.pki", Set.of()),
          entry(
              "tools.demo",
              Set.of("config", "config.problem", "credentials.keys", "gateway", "tools.pki")),
          entry(
              "cli",
              Set.of(
                  "comply.checklist",
                  "config",
                  "config.address",
                  "config.problem",
                  "gateway",
                  "logging",
                  "tools.demo",
                  "tools.pki")));

  @Test
  void importsFollowTheTable() {
    Set<String> denied = new TreeSet<>();
    for (JavaClass from : MAIN) {
      String room = room(from.getPackageName());
      for (Dependency dependency : from.getDirectDependenciesFromSelf()) {
        String name = dependency.getTargetClass().getPackageName();
        if (name.startsWith("sallyport.")
            && !room(name).equals(room)
            && !MAY_IMPORT.getOrDefault(room, Set.of()).contains(room(name))) {
          denied.add(room + " imports " + room(name) + ": " + dependency.getDescription());
        }
      }
    }
    assertThat(denied).isEmpty();
  }

  @Test
  void everyPackageStandsInTheTable() {
    assertThat(packages()).allSatisfy(name -> assertThat(MAY_IMPORT).containsKey(room(name)));
    Set<String> rooms = new TreeSet<>();
    packages().forEach(name -> rooms.add(room(name)));
    assertThat(rooms).isEqualTo(new TreeSet<>(MAY_IMPORT.keySet()));
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("sallyport.(*)..").should().beFreeOfCycles().check(MAIN);
    slices().matching("sallyport.(**)").should().beFreeOfCycles().check(MAIN);
  }

  /** The longest entry of the table that the package belongs to. */
  private static String room(String packageName) {
    String name = packageName.replaceFirst("^sallyport\\.", "");
    while (!MAY_IMPORT.containsKey(name) && name.contains(".")) {
      name = name.substring(0, name.lastIndexOf('.'));
    }
    return name;
  }

  @Test
  void everyPackageIsNullMarked() {
    for (String name : packages()) {
      JavaPackage javaPackage = MAIN.getPackage("sallyport." + name);
      assertThat(javaPackage.isAnnotatedWith(NullMarked.class)).as("sallyport." + name).isTrue();
    }
  }

  @Test
  void packagesOfTheConfigurationStaySmall() throws IOException {
    for (String name : packages()) {
      if (name.equals("config") || name.startsWith("config.")) {
        Path folder = Path.of("src/main/java/sallyport", name.split("\\."));
        try (Stream<Path> files = Files.list(folder)) {
          assertThat(files.filter(Files::isRegularFile)).as(name).hasSizeLessThanOrEqualTo(12);
        }
      }
    }
  }

  @Test
  void configurationRoutesAndBackendsKnowNoNetty() {
    noClasses()
        .that()
        .resideInAnyPackage("sallyport.config..", "sallyport.route..", "sallyport.cluster..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(MAIN);
  }

  @Test
  void onlyConfigReadsHocon() {
    noClasses()
        .that()
        .resideOutsideOfPackage("sallyport.config..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("com.typesafe..")
        .check(MAIN);
  }

  /** Records with locations are other values after a comment: their settings are compared. */
  @Test
  void settingsWithLocationsAreComparedAsSettings() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Settings.class.getName())
        .should()
        .callMethodWhere(
            JavaCall.Predicates.target(HasName.Predicates.name("equals"))
                .and(
                    JavaCall.Predicates.target(
                        HasOwner.Predicates.With.owner(
                            DescribedPredicate.describe(
                                "settings with locations",
                                type -> hasLocation(type, new HashSet<>()))))))
        .check(MAIN);
  }

  private static boolean hasLocation(JavaClass type, Set<JavaClass> seen) {
    if (!type.getPackageName().startsWith("sallyport.config") || !seen.add(type)) {
      return false;
    }
    return type.isEquivalentTo(ConfigLocation.class)
        || (type.isInterface()
            && type.getSubclasses().stream().anyMatch(each -> hasLocation(each, seen)))
        || type.getFields().stream()
            .flatMap(field -> field.getType().getAllInvolvedRawTypes().stream())
            .anyMatch(each -> hasLocation(each, seen));
  }

  @Test
  void onlyMetricsBuildsMeters() {
    noClasses()
        .that()
        .resideOutsideOfPackage("sallyport.observe.metrics..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.micrometer..", "io.prometheus..")
        .check(MAIN);
  }

  @Test
  void onlyTheCommandLinePrints() {
    noClasses()
        .that()
        .resideOutsideOfPackage("sallyport.cli..")
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(MAIN);
  }

  @Test
  void onlyCompositionAndCommandsWaitForFutures() {
    noClasses()
        .that()
        .resideOutsideOfPackages("sallyport.gateway..", "sallyport.cli..", "sallyport.tools..")
        .should()
        .callMethodWhere(
            calls(
                java.util.concurrent.Future.class,
                "sync|syncUninterruptibly|await|awaitUninterruptibly|join"))
        .check(MAIN);
  }

  /** Where an event loop runs every call: what waits there stops all of its connections. */
  @Test
  void theDataPathCallsNothingThatBlocks() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "sallyport.net.admission..",
            "sallyport.net.listener..",
            "sallyport.front..",
            "sallyport.http..",
            "sallyport.route..",
            "sallyport.cluster..",
            "sallyport.proxy..",
            "sallyport.connect..",
            "sallyport.redirect..")
        .should()
        .callMethodWhere(
            calls(java.util.concurrent.Future.class, "get|resultNow")
                .or(calls(java.util.concurrent.CompletableFuture.class, "join"))
                .or(calls(java.util.concurrent.CountDownLatch.class, "await"))
                .or(calls(java.util.concurrent.BlockingQueue.class, "put|take"))
                .or(calls(java.util.concurrent.Semaphore.class, "acquire.*"))
                .or(calls(java.util.concurrent.locks.Lock.class, "lock.*"))
                .or(calls(Process.class, "waitFor"))
                .or(calls(Thread.class, "sleep|join"))
                .or(calls(Object.class, "wait")))
        .check(MAIN);
  }

  private static DescribedPredicate<JavaCall<?>> calls(Class<?> owner, String names) {
    return JavaCall.Predicates.target(HasName.Predicates.nameMatching(names))
        .and(
            JavaCall.Predicates.target(
                HasOwner.Predicates.With.owner(JavaClass.Predicates.assignableTo(owner))));
  }

  private static Set<String> packages() {
    return MAIN.stream()
        .map(c -> c.getPackageName())
        .filter(name -> name.startsWith("sallyport."))
        .map(name -> name.substring("sallyport.".length()))
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
