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
import sallyport.comply.checklist.control.CheckResult;
import sallyport.config.GatewayConfig;
import sallyport.config.certificate.AcmeConfig;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.problem.InvalidConfiguration;
import sallyport.credentials.acme.CertificateInstaller;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.HeldCertificate;
import sallyport.credentials.keys.KeyOpener;
import sallyport.credentials.sources.UnusableFile;
import sallyport.credentials.trust.PublicAuthorities;
import sallyport.credentials.trust.TrustFile;
import sallyport.credentials.trust.TrustFile.LeftOut;
import sallyport.gateway.runtime.CredentialOpener;
import sallyport.gateway.runtime.CredentialServices;
import sallyport.gateway.runtime.OpenedCredentials;
import sallyport.logging.Log;
import sallyport.logging.setup.LogSetup;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.GatewayMetrics;

/**
 * Check of every certificate and key that a configuration names, opened by the same code as at a
 * start. It binds no socket, asks no authority and no responder, makes no file, and writes no audit
 * line, since no client is served with what it opened. One thread.
 */
public final class ConfigurationCheck implements AutoCloseable {
  private static final AuditLog UNAUDITED = event -> {};

  /** Installer for a check, which issues nothing. */
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
  private final CredentialServices services;
  private OpenedCredentials opened = new OpenedCredentials();

  private ConfigurationCheck(GatewayConfig config, Clock clock) {
    this.config = config;
    this.clock = clock;
    this.services =
        CredentialServices.create(
            config,
            new GatewayMetrics(),
            UNAUDITED,
            clock,
            challenges -> new NoListeners(),
            keys -> () -> keys);
  }

  /**
   * Checks a configuration, and returns what there is to be seen of a gateway with it.
   *
   * @param logs how the logging system of a start with the same options is set up
   * @param clock says whether a certificate is valid
   * @throws InvalidConfiguration when a certificate, a key or a trust file cannot be used; says all
   *     of them, as a start does
   */
  public static CheckResult of(GatewayConfig config, Map<Log, LogSetup> logs, Clock clock)
      throws InvalidConfiguration {
    try (ConfigurationCheck check = new ConfigurationCheck(config, clock)) {
      return check.look(logs);
    }
  }

  private CheckResult look(Map<Log, LogSetup> logs) throws InvalidConfiguration {
    List<String> problems = new ArrayList<>();
    KeyOpener keys = services.keys();
    keys.use()
        .call(
            () -> {
              services.acme().inspect(problems);
              opened = new CredentialOpener(services, keys).open(config, null, problems);
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
    Map<String, String> publiclyIssued = new LinkedHashMap<>();
    PublicAuthorities authorities = PublicAuthorities.ofJdk();
    opened
        .servers()
        .forEach(
            (name, tls) -> {
              held.addAll(tls.held());
              leftOut.addAll(tls.leftOut());
              awaited.put(name, tls.awaited());
              stapled.put(name, tls.stapled());
              ended.put(TlsListenerConfig.path(name), tls.endedLists(clock.instant()));
            });
    opened
        .upstreams()
        .forEach(
            (name, tls) -> {
              held.addAll(tls.held());
              leftOut.addAll(tls.leftOut());
              ended.put("backends." + name, tls.endedLists(clock.instant()));
              List<X509Certificate> shown = tls.identity();
              String root = shown.isEmpty() ? null : authorities.above(shown);
              if (root != null) {
                publiclyIssued.put(Certificates.fingerprint(shown.getFirst()), root);
              }
            });
    held.addAll(keys.use().call(() -> authorities(leftOut)));
    return new CheckResult(
        config,
        held,
        leftOut,
        awaited,
        stapled,
        ended,
        publiclyIssued,
        Objects.requireNonNull(logs.get(Log.AUDIT)),
        Objects.requireNonNull(logs.get(Log.ACCESS)),
        clock.instant());
  }

  /** Returns the authorities that vouch for the directories of ACME accounts. */
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
    services.stopIssuance();
    services.stop();
    opened.close();
    services.close();
  }
}
