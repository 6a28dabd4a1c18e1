package sallyport.gateway;

import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import sallyport.comply.checklist.CheckResult;
import sallyport.config.GatewayConfig;
import sallyport.config.backend.BackendConfig;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.listener.ListenerConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.credentials.acme.Acme;
import sallyport.credentials.acme.CertificateInstaller;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.revocation.ocsp.Ocsp;
import sallyport.credentials.revocation.ocsp.Staples;
import sallyport.credentials.sources.UnusableFile;
import sallyport.credentials.trust.TrustFile;
import sallyport.credentials.trust.TrustFile.LeftOut;
import sallyport.logging.Log;
import sallyport.logging.LogSetup;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;
import sallyport.tls.challenge.Challenges;
import sallyport.tls.rotation.TlsServices;
import sallyport.tls.server.ServerTls;
import sallyport.tls.upstream.UpstreamTls;

/**
 * Opens every certificate and key that a configuration names, by the same code as a start does, and
 * nothing else: binds no socket, asks no authority and no responder, makes no file, and writes no
 * audit line, since nobody is served with what was opened.
 */
public final class ConfigurationCheck implements AutoCloseable {
  private static final AuditLog NOBODY_IS_SERVED = event -> {};

  /** Nothing is issued here, so that nobody is promised anything. */
  private static final class NoListeners implements CertificateInstaller {
    @Override
    public void promise(String serverName, PrivateKey key, X509Certificate certificate) {
      throw new IllegalStateException("nothing is issued while a configuration is checked");
    }

    @Override
    public void withdraw(String serverName) {
      // There is nothing to take back.
    }

    @Override
    public List<String> use(Path file) {
      throw new IllegalStateException("nothing is issued while a configuration is checked");
    }
  }

  private final GatewayConfig config;
  private final Clock clock;
  private final GatewayMetrics metrics = new GatewayMetrics();
  private final KeyOpener keys;
  private final Ocsp ocsp;
  private final Staples staples;
  private final Challenges challenges = new Challenges();
  private final Acme acme;
  private final Map<String, ServerTls> servers = new LinkedHashMap<>();
  private final List<UpstreamTls> upstreams = new ArrayList<>();

  private ConfigurationCheck(GatewayConfig config, Clock clock) {
    this.config = config;
    this.clock = clock;
    this.keys = new KeyOpener(config.keys(), NOBODY_IS_SERVED, clock);
    this.ocsp = new Ocsp(clock);
    this.staples = new Staples(ocsp, metrics, NOBODY_IS_SERVED, clock);
    this.acme =
        new Acme(config.issued(), new NoListeners(), () -> keys, metrics, NOBODY_IS_SERVED, clock);
  }

  /**
   * What there is to be seen of a gateway with this configuration.
   *
   * @param logs how the logging system of a start with the same options is set up
   * @param clock says whether a certificate is valid
   * @throws InvalidConfiguration when a certificate, a key or a trust file cannot be used; says all
   *     of them, as a start does
   */
  public static CheckResult of(GatewayConfig config, Map<Log, LogSetup> logs, Clock clock)
      throws InvalidConfiguration {
    try (ConfigurationCheck inspection = new ConfigurationCheck(config, clock)) {
      return inspection.look(logs);
    }
  }

  private CheckResult look(Map<Log, LogSetup> logs) throws InvalidConfiguration {
    List<String> problems = new ArrayList<>();
    keys.use()
        .call(
            () -> {
              acme.inspect(problems);
              openAll(problems);
              return problems;
            });
    if (!problems.isEmpty()) {
      throw new InvalidConfiguration(problems);
    }
    List<HeldCertificate> held = new ArrayList<>();
    List<LeftOut> leftOut = new ArrayList<>();
    Map<String, Set<String>> awaited = new LinkedHashMap<>();
    Map<String, Map<String, Boolean>> stapled = new LinkedHashMap<>();
    Map<String, List<String>> ended = new LinkedHashMap<>();
    servers.forEach(
        (name, tls) -> {
          held.addAll(tls.held());
          leftOut.addAll(tls.leftOut());
          awaited.put(name, tls.awaited());
          stapled.put(name, tls.stapled());
          ended.put("listeners." + name, tls.endedLists(clock.instant()));
        });
    upstreams.forEach(
        tls -> {
          held.addAll(tls.held());
          leftOut.addAll(tls.leftOut());
          ended.put("backends." + tls.name(), tls.endedLists(clock.instant()));
        });
    held.addAll(keys.use().call(() -> authorities(leftOut)));
    return new CheckResult(
        config,
        held,
        leftOut,
        awaited,
        stapled,
        ended,
        Objects.requireNonNull(logs.get(Log.AUDIT)),
        Objects.requireNonNull(logs.get(Log.ACCESS)),
        clock.instant());
  }

  private void openAll(List<String> problems) {
    TlsServices services = new TlsServices(ocsp, staples, metrics, NOBODY_IS_SERVED, clock);
    for (ListenerConfig listener : config.listeners().values()) {
      if (listener instanceof ListenerConfig.Tls tls) {
        ServerTls opened =
            ServerTls.load(tls, keys, services, challenges, /* before= */ null, problems);
        if (opened != null) {
          servers.put(tls.name(), opened);
        }
      }
    }
    for (BackendConfig backend : config.backends().values()) {
      UpstreamTls opened = UpstreamTls.load(backend, keys, services, problems);
      if (opened != null) {
        upstreams.add(opened);
      }
    }
  }

  /** Who is believed about the directories of authorities that issue by themselves. */
  private List<HeldCertificate> authorities(List<LeftOut> leftOut) throws InvalidConfiguration {
    List<HeldCertificate> held = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    Set<AcmeConfig> accounts = new LinkedHashSet<>();
    config.issued().forEach(certificate -> accounts.add(certificate.account()));
    for (AcmeConfig account : accounts) {
      TrustConfig trust = account.trust();
      if (trust != null) {
        try {
          // What is not relied on was told of when the account was opened.
          TrustFile file = TrustFile.read(trust.file(), trust.location(), clock.instant());
          leftOut.addAll(file.leftOut());
          held.addAll(TrustFile.held("acme." + account.name(), trust, file.authorities()));
        } catch (UnusableFile changedMeanwhile) {
          problems.add(trust.location().problem(String.valueOf(changedMeanwhile.getMessage())));
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new InvalidConfiguration(problems);
    }
    return held;
  }

  @Override
  public void close() {
    acme.close();
    staples.close();
    ocsp.close();
    keys.close();
    servers.values().forEach(ServerTls::close);
    upstreams.forEach(UpstreamTls::close);
    challenges.close();
    metrics.close();
  }
}
