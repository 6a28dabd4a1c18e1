package sallyport;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
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

  /** Each package and the only own packages it may import, in the order in which data flows. */
  private static final Map<String, Set<String>> MAY_IMPORT =
      Map.ofEntries(
          entry("config", Set.of()),
          entry("metrics", Set.of()),
          entry("http", Set.of()),
          entry("pki", Set.of()),
          entry("logging", Set.of("http")),
          entry("admission", Set.of("config", "metrics", "http", "logging")),
          entry("codec", Set.of("config", "http")),
          entry("transport", Set.of("config")),
          entry("keys", Set.of("config", "logging")),
          entry("revocation", Set.of("config", "metrics", "logging", "keys")),
          entry("tls", Set.of("config", "metrics", "http", "logging", "keys", "revocation")),
          entry("acme", Set.of("config", "metrics", "logging", "keys")),
          entry("change", Set.of("config", "tls")),
          entry("compliance", Set.of("config", "logging", "keys", "tls")),
          entry("route", Set.of("config")),
          entry("backend", Set.of("config")),
          entry(
              "upstream",
              Set.of(
                  "config", "metrics", "http", "logging", "codec", "transport", "tls", "backend")),
          entry(
              "proxy",
              Set.of(
                  "config",
                  "metrics",
                  "http",
                  "logging",
                  "codec",
                  "transport",
                  "route",
                  "backend",
                  "upstream",
                  "admission")),
          entry(
              "downstream",
              Set.of(
                  "config",
                  "metrics",
                  "http",
                  "logging",
                  "admission",
                  "codec",
                  "transport",
                  "tls",
                  "proxy",
                  "redirect")),
          entry(
              "redirect",
              Set.of("config", "metrics", "http", "logging", "codec", "transport", "route")),
          // The log: of connections that the operating system does not hand over.
          entry(
              "listener", Set.of("config", "metrics", "http", "logging", "transport", "admission")),
          entry("admin", Set.of("metrics", "http")),
          entry(
              "gateway",
              Set.of(
                  "config",
                  "metrics",
                  "http",
                  "logging",
                  "keys",
                  "revocation",
                  "transport",
                  "tls",
                  "acme",
                  "route",
                  "backend",
                  "upstream",
                  "proxy",
                  "downstream",
                  "redirect",
                  "listener",
                  "admission",
                  "change",
                  "compliance",
                  "admin")),
          entry("demo", Set.of("config", "keys", "pki", "gateway")),
          entry("cli", Set.of("config", "pki", "gateway", "demo", "logging", "compliance")));

  @Test
  void importsFollowTheTable() {
    MAY_IMPORT.forEach(
        (from, allowed) -> {
          String[] denied =
              MAY_IMPORT.keySet().stream()
                  .filter(p -> !p.equals(from) && !allowed.contains(p))
                  .map(p -> "sallyport." + p + "..")
                  .toArray(String[]::new);
          noClasses()
              .that()
              .resideInAPackage("sallyport." + from + "..")
              .should()
              .dependOnClassesThat()
              .resideInAnyPackage(denied)
              .allowEmptyShould(true)
              .check(MAIN);
        });
  }

  @Test
  void everyPackageStandsInTheTable() {
    assertThat(packages()).isEqualTo(new TreeSet<>(MAY_IMPORT.keySet()));
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("sallyport.(*)..").should().beFreeOfCycles().check(MAIN);
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
        .resideInAnyPackage("sallyport.config..", "sallyport.route..", "sallyport.backend..")
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

  @Test
  void onlyMetricsBuildsMeters() {
    noClasses()
        .that()
        .resideOutsideOfPackage("sallyport.metrics..")
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
        .resideOutsideOfPackages("sallyport.gateway..", "sallyport.cli..", "sallyport.demo..")
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
            "sallyport.admission..",
            "sallyport.listener..",
            "sallyport.downstream..",
            "sallyport.codec..",
            "sallyport.http..",
            "sallyport.route..",
            "sallyport.backend..",
            "sallyport.proxy..",
            "sallyport.upstream..",
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
        .map(name -> name.substring("sallyport.".length()).split("\\.", 2)[0])
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
