package sallyport.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import sallyport.config.BackendConfig;
import sallyport.config.UpstreamTlsConfig;
import sallyport.http.Failure;
import sallyport.keys.CertificateInfo;
import sallyport.keys.KeyMaterial;
import sallyport.keys.KeyOpener;
import sallyport.keys.Role;
import sallyport.metrics.GatewayMetrics;

/**
 * Mutual TLS to one backend: our certificate is shown, the backend's chain and name are verified,
 * sessions are resumed. There is no way to turn any of it off.
 */
public final class UpstreamTls implements AutoCloseable {
  private final TlsPolicy policy;

  /** Offers what the backend is to speak, and nothing of the kind where that is HTTP/1.1. */
  private final SslContext context;

  /** Offers HTTP/1.1 only; the same as the other where that does so too. */
  private final SslContext http1Context;

  private final CertificateInfo identity;
  private final @Nullable String serverName;

  private UpstreamTls(
      TlsPolicy policy,
      SslContext context,
      SslContext http1Context,
      CertificateInfo identity,
      @Nullable String serverName) {
    this.policy = policy;
    this.context = context;
    this.http1Context = http1Context;
    this.identity = identity;
    this.serverName = serverName;
  }

  /**
   * Opens and checks the backend's trust file and our certificate and key for it.
   *
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  public static @Nullable UpstreamTls load(
      BackendConfig backend,
      KeyOpener keys,
      GatewayMetrics metrics,
      Clock clock,
      List<String> problems) {
    UpstreamTlsConfig config = backend.tls();
    StrictTrustManager trust = StrictTrustManager.load(config.trust(), clock, problems);
    KeyMaterial material = keys.open(config.certificate(), Role.CLIENT, problems);
    if (trust == null || material == null) {
      return null;
    }
    metrics.certificate("client", config.certificate().label(), material.info().notAfter());
    TlsPolicy policy = TlsPolicy.of(config.policy());
    try {
      SslContext http1 = context(policy, material, trust, null);
      SslContext context =
          switch (backend.protocol()) {
            case HTTP1 -> http1;
            case HTTP2 -> context(policy, material, trust, Alpn.HTTP2);
            case AUTO -> context(policy, material, trust, Alpn.EITHER);
          };
      return new UpstreamTls(policy, context, http1, material.info(), config.serverName());
    } catch (SSLException | RuntimeException e) {
      problems.add(backend.location().problem("TLS cannot be set up: " + e.getMessage()));
      return null;
    }
  }

  private static SslContext context(
      TlsPolicy policy,
      KeyMaterial material,
      StrictTrustManager trust,
      @Nullable List<String> protocols)
      throws SSLException {
    SslContextBuilder builder =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.OPENSSL_REFCNT)
            .keyManager(material.key(), material.chainArray())
            .trustManager(trust)
            .endpointIdentificationAlgorithm("HTTPS")
            .protocols(policy.versionLabels())
            .ciphers(policy.suiteNames())
            .option(OpenSslContextOption.GROUPS, policy.groupLabels());
    if (protocols != null) {
      builder.applicationProtocolConfig(Alpn.of(protocols));
    }
    return builder.build();
  }

  /**
   * The TLS engine for a new connection. Verifies the configured server name, or else this host.
   *
   * @param host of the endpoint: a name or an IP address
   * @param http1 whether only HTTP/1.1 will do, whatever the backend prefers
   */
  public SslHandler newHandler(ByteBufAllocator allocator, String host, int port, boolean http1) {
    // The name and port are also the key under which a session is kept for resumption.
    SslHandler handler =
        (http1 ? http1Context : context)
            .newHandler(allocator, Objects.requireNonNullElse(serverName, host), port);
    // The connection as a whole has a timeout; a second one would only confuse the reason.
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }

  /**
   * Holds a finished handshake against the policy.
   *
   * @return null when it fits; else what does not, for people
   */
  public @Nullable String violation(SslHandler handler) {
    Negotiated negotiated = Negotiated.of(handler);
    return policy.violation(
        negotiated.version(), negotiated.cipher(), negotiated.group(), negotiated.resumed());
  }

  /** Whether a finished handshake resumed an earlier session. */
  public static boolean resumed(SslHandler handler) {
    return Negotiated.of(handler).resumed();
  }

  /** Why a handshake failed, or a connection soon after it. */
  public Failure.Upstream classify(Throwable cause) {
    return TlsFailures.ofBackend(cause);
  }

  /** The reason of a failure for the audit log; nothing that a peer chose freely. */
  public String describe(Throwable cause) {
    return TlsFailures.detail(cause);
  }

  /** What may be negotiated. */
  public TlsPolicy policy() {
    return policy;
  }

  /** The certificate that backends see. */
  public CertificateInfo identity() {
    return identity;
  }

  /** Frees native memory once the last connection that uses it has closed. */
  @Override
  public void close() {
    ReferenceCountUtil.release(context);
    if (!http1Context.equals(context)) {
      ReferenceCountUtil.release(http1Context);
    }
  }
}
