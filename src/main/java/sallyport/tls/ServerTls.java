package sallyport.tls;

import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import sallyport.config.CertificateConfig;
import sallyport.config.ClientAuthConfig;
import sallyport.config.ListenerConfig;
import sallyport.config.ServerTlsConfig;
import sallyport.config.TrustConfig;
import sallyport.keys.CertificateInfo;
import sallyport.keys.KeyMaterial;
import sallyport.keys.KeyOpener;
import sallyport.keys.Role;
import sallyport.logging.AuditLog;
import sallyport.metrics.GatewayMetrics;
import sallyport.metrics.TlsMetrics;

/**
 * TLS of one listener: certificates and policy, ready for connections.
 *
 * <p>What a connection needs is one immutable snapshot, read once a connection.
 */
public final class ServerTls implements AutoCloseable {
  private final ListenerConfig.Tls listener;
  private final TlsPolicy policy;
  private final TlsMetrics metrics;
  private final AuditLog audit;
  private final List<CertificateInfo> certificates;
  private final CertificateSelector snapshot;
  private final Map<EventExecutor, HandshakeTurns> turns = new ConcurrentHashMap<>();

  private ServerTls(
      ListenerConfig.Tls listener,
      TlsPolicy policy,
      TlsMetrics metrics,
      AuditLog audit,
      List<KeyMaterial> materials,
      CertificateSelector snapshot) {
    this.listener = listener;
    this.policy = policy;
    this.metrics = metrics;
    this.audit = audit;
    this.certificates = materials.stream().map(KeyMaterial::info).toList();
    this.snapshot = snapshot;
  }

  /**
   * Opens and checks every certificate, key and trust file of the listener.
   *
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  public static @Nullable ServerTls load(
      ListenerConfig.Tls listener,
      KeyOpener keys,
      GatewayMetrics metrics,
      AuditLog audit,
      Clock clock,
      List<String> problems) {
    ServerTlsConfig config = listener.tls();
    final int before = problems.size();
    List<KeyMaterial> materials = new ArrayList<>();
    for (CertificateConfig certificate : config.certificates()) {
      KeyMaterial material = keys.open(certificate, Role.SERVER, problems);
      if (material != null) {
        materials.add(material);
        metrics.certificate("server", certificate.label(), material.info().notAfter());
      }
    }
    TrustConfig trustConfig = config.clientAuth().trust();
    StrictTrustManager trust =
        trustConfig == null ? null : StrictTrustManager.load(trustConfig, clock, problems);
    if (problems.size() > before) {
      return null;
    }
    TlsPolicy policy = TlsPolicy.of(config.policy());
    List<SslContext> contexts = new ArrayList<>();
    try {
      for (KeyMaterial material : materials) {
        contexts.add(context(listener, policy, material, trust));
      }
    } catch (SSLException | RuntimeException e) {
      contexts.forEach(ReferenceCountUtil::release);
      problems.add(listener.location().problem("TLS cannot be set up: " + e.getMessage()));
      return null;
    }
    return new ServerTls(
        listener,
        policy,
        metrics.tls(listener.name()),
        audit,
        materials,
        new CertificateSelector(materials, contexts));
  }

  private static SslContext context(
      ListenerConfig.Tls listener,
      TlsPolicy policy,
      KeyMaterial material,
      @Nullable StrictTrustManager trust)
      throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forServer(material.key(), material.chainArray())
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .protocols(policy.versionLabels())
            .ciphers(policy.suiteNames())
            .option(OpenSslContextOption.GROUPS, policy.groupLabels())
            .applicationProtocolConfig(
                Alpn.of(listener.http2().enabled() ? Alpn.EITHER : Alpn.HTTP1))
            .clientAuth(
                switch (listener.tls().clientAuth().mode()) {
                  case ClientAuthConfig.Mode.NONE -> ClientAuth.NONE;
                  case ClientAuthConfig.Mode.OPTIONAL -> ClientAuth.OPTIONAL;
                  case ClientAuthConfig.Mode.REQUIRED -> ClientAuth.REQUIRE;
                });
    if (trust != null) {
      builder.trustManager(trust);
    }
    return builder.build();
  }

  /**
   * The first handler of a new connection; it brings in the others that TLS needs.
   *
   * @param loop of the connection
   */
  public ChannelHandler newHandler(EventExecutor loop) {
    return new ClientHelloHandler(
        listener,
        policy,
        snapshot,
        turns.computeIfAbsent(loop, each -> new HandshakeTurns(each, listener.tls().handshakes())),
        metrics,
        audit);
  }

  /** What may be negotiated. */
  public TlsPolicy policy() {
    return policy;
  }

  /** The certificates in the order of the configuration. */
  public List<CertificateInfo> certificates() {
    return certificates;
  }

  /** Frees native memory once the last connection that uses it has closed. */
  @Override
  public void close() {
    snapshot.all().forEach(ReferenceCountUtil::release);
  }
}
