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
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import sallyport.config.GatewayConfig;

/** The structure of the code: who may import whom, held by the build. */
class ArchitectureTest {
  private static final JavaClasses MAIN =
      new ClassFileImporter()
          .importUrl(GatewayConfig.class.getProtectionDomain().getCodeSource().getLocation());

  /**
   * Each room and the only other rooms it may import, in the order of the data from the last to the
   * first. A room without an entry of its own belongs to the one above it.
   */
  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          entry("values", Set.of()),
          entry("config", Set.of("values")),
          entry("logging", Set.of()),
          entry("observe", Set.of()),
          entry("observe.metrics", Set.of()),
          entry("observe.access", Set.of("observe", "logging", "values")),
          entry("observe.audit", Set.of("logging", "values")),
          entry("net", Set.of("observe", "values")),
          entry("net.transport", Set.of("config")),
          entry(
              "net.admission",
              Set.of("config", "net", "observe.audit", "observe.metrics", "values")),
          // The log: of connections that the operating system does not hand over.
          entry(
              "net.listener",
              Set.of(
                  "config", "net", "net.admission", "net.transport", "logging", "observe.metrics")),
          entry("http", Set.of("net", "observe.access", "values")),
          entry("http.codec", Set.of("config", "http", "net")),
          entry("credentials.sources", Set.of("config")),
          entry("credentials.certificates", Set.of("config", "credentials.sources")),
          entry(
              "credentials.trust",
              Set.of("config", "credentials.certificates", "credentials.sources")),
          entry(
              "credentials.pkcs11",
              Set.of("config", "credentials.certificates", "credentials.sources", "observe.audit")),
          entry("credentials.tickets", Set.of("config", "credentials.sources")),
          entry(
              "credentials.keys",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "credentials.pkcs11",
                  "credentials.sources",
                  "credentials.tickets",
                  "observe.audit")),
          entry("credentials.rotation", Set.of("credentials.certificates", "credentials.keys")),
          entry(
              "credentials.revocation.crl",
              Set.of("config", "credentials.certificates", "credentials.sources")),
          entry(
              "credentials.revocation.ocsp",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.revocation.crl",
                  "credentials.trust",
                  "observe.audit",
                  "observe.metrics")),
          entry(
              "credentials.revocation",
              Set.of(
                  "config",
                  "credentials.revocation.crl",
                  "credentials.revocation.ocsp",
                  "logging",
                  "observe.audit",
                  "observe.metrics")),
          entry(
              "credentials.acme",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.sources",
                  "credentials.trust",
                  "observe.audit",
                  "observe.metrics")),
          entry("tls.policy", Set.of("config")),
          entry(
              "tls.engine",
              Set.of(
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.pkcs11",
                  "logging",
                  "observe.audit",
                  "observe.metrics")),
          entry(
              "tls.failure",
              Set.of(
                  "credentials.certificates",
                  "credentials.revocation",
                  "credentials.trust",
                  "net",
                  "tls.policy")),
          entry(
              "tls.trust",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "credentials.revocation",
                  "credentials.revocation.ocsp",
                  "credentials.sources",
                  "credentials.trust",
                  "observe.metrics",
                  "tls.failure")),
          entry(
              "tls.rotation",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.revocation",
                  "credentials.revocation.ocsp",
                  "credentials.rotation",
                  "credentials.trust",
                  "observe.audit",
                  "observe.metrics",
                  "tls.engine",
                  "tls.trust")),
          entry(
              "tls.hello",
              Set.of("config", "credentials.certificates", "tls.failure", "tls.policy", "values")),
          entry(
              "tls.challenge",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "tls.engine",
                  "tls.hello",
                  "tls.policy",
                  "tls.trust")),
          entry(
              "tls.clients",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.revocation",
                  "credentials.rotation",
                  "credentials.sources",
                  "credentials.trust",
                  "net",
                  "observe.audit",
                  "observe.metrics",
                  "tls.failure",
                  "tls.trust",
                  "values")),
          entry(
              "tls.tickets",
              Set.of(
                  "config",
                  "credentials.keys",
                  "credentials.rotation",
                  "credentials.tickets",
                  "observe.audit",
                  "observe.metrics",
                  "tls.rotation")),
          entry(
              "tls.server",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.pkcs11",
                  "credentials.revocation",
                  "credentials.revocation.ocsp",
                  "credentials.rotation",
                  "credentials.sources",
                  "credentials.trust",
                  "net",
                  "observe.audit",
                  "observe.metrics",
                  "tls.challenge",
                  "tls.clients",
                  "tls.engine",
                  "tls.failure",
                  "tls.hello",
                  "tls.policy",
                  "tls.rotation",
                  "tls.tickets",
                  "tls.trust",
                  "values")),
          entry(
              "tls.upstream",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.pkcs11",
                  "credentials.revocation",
                  "credentials.rotation",
                  "credentials.trust",
                  "net",
                  "observe.audit",
                  "observe.metrics",
                  "tls.engine",
                  "tls.failure",
                  "tls.policy",
                  "tls.rotation",
                  "tls.trust",
                  "values")),
          entry("cluster", Set.of("config")),
          entry(
              "connect",
              Set.of(
                  "cluster",
                  "config",
                  "http.codec",
                  "logging",
                  "net",
                  "net.transport",
                  "observe.audit",
                  "observe.metrics",
                  "tls.engine",
                  "tls.upstream",
                  "values")),
          entry("route", Set.of("config", "values")),
          entry(
              "redirect",
              Set.of(
                  "config",
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
                  "config",
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
                  "config",
                  "http",
                  "http.codec",
                  "net",
                  "net.admission",
                  "net.transport",
                  "observe.audit",
                  "observe.metrics",
                  "proxy",
                  "redirect",
                  "tls.engine",
                  "tls.hello",
                  "tls.server",
                  "values")),
          entry("comply.change", Set.of("config", "tls.policy", "values")),
          entry(
              "comply.checklist",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "credentials.sources",
                  "credentials.tickets",
                  "credentials.trust",
                  "logging",
                  "tls.policy",
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
                  "connect",
                  "credentials.acme",
                  "credentials.certificates",
                  "credentials.keys",
                  "credentials.revocation.ocsp",
                  "credentials.rotation",
                  "credentials.sources",
                  "credentials.trust",
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
                  "tls.challenge",
                  "tls.policy",
                  "tls.rotation",
                  "tls.server",
                  "tls.upstream",
                  "values")),
          entry("tools.pki", Set.of()),
          entry(
              "tools.demo",
              Set.of(
                  "config",
                  "credentials.certificates",
                  "credentials.sources",
                  "gateway",
                  "tools.pki")),
          entry(
              "cli",
              Set.of(
                  "comply.checklist", "config", "gateway", "logging", "tools.demo", "tools.pki")));

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

  /** A reader sees a room at a glance. */
  @Test
  void roomsOfTlsAndCredentialsAreSmall() {
    Map<String, Long> files =
        MAIN.stream()
            .filter(JavaClass::isTopLevelClass)
            .filter(c -> !c.getSimpleName().equals("package-info"))
            .collect(Collectors.groupingBy(JavaClass::getPackageName, Collectors.counting()));
    files.keySet().removeIf(name -> !name.matches("sallyport\\.(tls|credentials)\\..*"));
    assertThat(files).isNotEmpty().allSatisfy((name, count) -> assertThat(count).isLessThan(13));
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
  void configurationRoutesAndBackendsKnowNoNetty() {
    noClasses()
        .that()
        .resideInAnyPackage("sallyport.config..", "sallyport.route..", "sallyport.cluster..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.netty..")
        .check(MAIN);
  }

  /** It is also below streams that are not HTTP. */
  @Test
  void tlsKnowsNoHttp() {
    noClasses()
        .that()
        .resideInAnyPackage("sallyport.tls..", "sallyport.net..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.netty.handler.codec.http..", "io.netty.handler.codec.http2..")
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
