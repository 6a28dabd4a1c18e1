package sallyport.tls.upstream;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.internal.tcnative.SSL;
import io.netty.util.ReferenceCountUtil;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;
import sallyport.config.backend.BackendConfig;
import sallyport.config.backend.UpstreamTlsConfig;
import sallyport.config.backend.exception.Allowance;
import sallyport.config.backend.exception.ExceptionConfig;
import sallyport.config.certificate.CertificateConfig;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.keys.KeyOpener;
import sallyport.net.Failure;
import sallyport.tls.engine.Contexts;
import sallyport.tls.failure.TlsFailures;
import sallyport.tls.policy.BackendOffer;
import sallyport.tls.policy.Negotiated;
import sallyport.tls.policy.TlsPolicy;
import sallyport.tls.rotation.RotatingTls;
import sallyport.tls.rotation.TlsServices;
import sallyport.tls.trust.BackendRules;
import sallyport.values.HostNames;

/**
 * Mutual TLS to one backend: the gateway's certificate is shown, the backend's chain and name are
 * verified, sessions are resumed. No configuration turns any of it off.
 *
 * <p>Handlers are made and examined on the event loop of their connection; everything else on any
 * thread.
 */
public final class UpstreamTls extends RotatingTls<UpstreamSnapshot> {
  /**
   * Time that is longer than any connection lives, and short enough to be counted in nanoseconds.
   */
  private static final Duration LONGEST = Duration.ofDays(365);

  private final BackendOffer offer;
  private final @Nullable ExceptionConfig exception;
  private final CertificateConfig certificate;
  private final TlsServices services;
  private final Clock clock;
  private final @Nullable String serverName;

  private UpstreamTls(UpstreamOpener opener, UpstreamSnapshot opened) {
    super(opener, opener.services(), opened);
    this.offer = opener.offer();
    this.exception = opener.tls().exception();
    this.certificate = opener.tls().certificate();
    this.services = opener.services();
    this.clock = opener.services().clock();
    this.serverName = opener.tls().serverName();
  }

  /**
   * Opens and checks the backend's trust file and our certificate and key for it.
   *
   * @param problems takes a line for everything that is wrong
   * @return null when anything is
   */
  public static @Nullable UpstreamTls load(
      BackendConfig backend,
      UpstreamTlsConfig tls,
      KeyOpener keys,
      TlsServices services,
      List<String> problems) {
    UpstreamOpener opener = new UpstreamOpener(backend, tls, services);
    UpstreamSnapshot opened = opener.open(keys, /* inUse= */ null, problems);
    return opened == null ? null : new UpstreamTls(opener, opened);
  }

  /**
   * Makes the TLS engine for a new connection, which verifies the configured server name, or else
   * this host.
   *
   * @param host of the endpoint: a name or an IP address
   * @param http1 whether only HTTP/1.1 will do, also where the backend prefers HTTP/2
   * @return null once this is closed, and while there is an {@link #obstacle}
   */
  public @Nullable SslHandler newHandler(
      ByteBufAllocator allocator, String host, int port, boolean http1) {
    UpstreamSnapshot inUse = hold(http1);
    UpstreamSnapshot.Identity identity = inUse == null ? null : inUse.identity();
    if (inUse == null || identity == null) {
      return null;
    }
    // The name and port are also the key under which a session is kept for resumption.
    String name = HostNames.withoutRoot(Objects.requireNonNullElse(serverName, host));
    SslContext context = identity.context(http1);
    SslHandler handler = null;
    boolean prepared = false;
    try {
      if (clock.instant().isAfter(identity.material().firstEnd())) {
        // The backend would look at our certificate only in a full handshake.
        endSessions(context);
      }
      handler = context.newHandler(allocator, name, port);
      prepare((ReferenceCountedOpenSslEngine) handler.engine(), inUse, name);
      // The connection as a whole has a timeout; a second one would only confuse the reason.
      handler.setHandshakeTimeoutMillis(0);
      prepared = true;
      return handler;
    } finally {
      if (!prepared && handler != null) {
        ReferenceCountUtil.safeRelease(handler.engine());
      }
      // The engine has a reference of its own.
      ReferenceCountUtil.release(context);
    }
  }

  /**
   * Holds what a new connection gets, which a rotation may be about to free.
   *
   * @return what has the context that is held; null once this is closed, and where there is no
   *     identity yet
   */
  private @Nullable UpstreamSnapshot hold(boolean http1) {
    // One that has been freed has been replaced before, or this has been closed before.
    while (!isClosed()) {
      UpstreamSnapshot inUse = snapshot();
      UpstreamSnapshot.Identity identity = inUse.identity();
      if (identity == null) {
        return null;
      }
      if (Contexts.hold(identity.context(http1))) {
        return inUse;
      }
    }
    return null;
  }

  /** Removes all sessions, and turns their cache off. */
  private static void endSessions(SslContext context) {
    OpenSslSessionContext sessions = (OpenSslSessionContext) context.sessionContext();
    if (sessions.isSessionCacheEnabled()) {
      sessions.setSessionCacheEnabled(false);
    }
  }

  private static void prepare(
      ReferenceCountedOpenSslEngine engine, UpstreamSnapshot inUse, String name) {
    if (!BackendRules.isAddress(name)) {
      // Netty leaves out names of one label and those with underscores; OpenSSL's clients do not.
      SSL.setTlsExtHostName(engine.sslPointer(), name);
    }
    if (inUse.trust().verifiesHostName() && !BackendRules.isForJdk(name)) {
      // The JDK refuses such a name unseen; BackendRules verifies it.
      SSLParameters parameters = engine.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm(null);
      engine.setSSLParameters(parameters);
    }
    refuseRenegotiation(engine);
    // Netty does so only where the name of the host is verified.
    engine.setVerify(SSL.SSL_CVERIFY_REQUIRED, -1);
  }

  /**
   * Refuses renegotiation. Netty allows one, and it hangs when the backend asks for a certificate
   * in it. A refused one ends the connection at once; TLS 1.3 has none.
   */
  private static void refuseRenegotiation(ReferenceCountedOpenSslEngine engine) {
    try {
      SSL.setRenegotiateMode(engine.sslPointer(), SSL.SSL_RENEGOTIATE_NEVER);
    } catch (Exception otherLibrary) {
      throw new IllegalStateException("renegotiation cannot be refused", otherLibrary);
    }
  }

  /**
   * Compares a finished handshake with the policy.
   *
   * @return null when it fits; else what does not, for people
   */
  public @Nullable String violation(SslHandler handler) {
    return offer.violation(Negotiated.of(handler));
  }

  /**
   * Reason why no connection can be made.
   *
   * @param detail for people
   */
  public record Obstacle(Failure.Upstream failure, String detail) {}

  /** Returns why no connection can be made now; null where one can. */
  public @Nullable Obstacle obstacle() {
    if (exception != null && exception.hasEnded(clock.instant())) {
      return new Obstacle(
          Failure.Upstream.TLS_EXCEPTION_EXPIRED,
          "the exception for %s ended with the day %s; owner: %s"
              .formatted(
                  String.join(", ", exception.words()), exception.expires(), exception.owner()));
    }
    return snapshot().identity() == null
        ? new Obstacle(
            Failure.Upstream.TLS_CERTIFICATE_AWAITED,
            "the gateway's certificate has yet to be issued for " + String.join(", ", awaited()))
        : null;
  }

  /** Returns the names of the gateway's certificate while it has yet to be issued; else none. */
  public List<String> awaited() {
    return snapshot().identity() == null && certificate instanceof CertificateConfig.Acme acme
        ? acme.names()
        : List.of();
  }

  @Override
  protected List<String> obstacles(UpstreamSnapshot before, UpstreamSnapshot after) {
    return before.identity() != null && after.identity() == null
        ? List.of(
            certificate
                .chainLocation()
                .problem("the certificate that was issued is gone, or has expired"))
        : List.of();
  }

  /** Counts what a finished handshake was permitted by the backend's exception, if it has one. */
  public void accountForException(SslHandler handler) {
    if (exception != null) {
      Set<Allowance> uses = offer.uses(Negotiated.of(handler));
      uses.addAll(snapshot().trust().uses(chain(handler)));
      services
          .metrics()
          .exceptions()
          .used(name(), uses.stream().map(Allowance::word).collect(Collectors.toSet()));
    }
  }

  /** Whether a finished handshake resumed an earlier session. */
  public static boolean resumed(SslHandler handler) {
    return Negotiated.of(handler).resumed();
  }

  /**
   * Whether the gateway's certificate was sent, in this handshake or in the one that began the
   * session; to be called once for each finished handshake.
   *
   * @param resumed as {@link #resumed} says
   * @return false when the backend did not ask for it
   */
  public boolean certificateSent(SslHandler handler, boolean resumed) {
    return CertificateSent.in(handler.engine().getSession(), resumed);
  }

  /** Removes the session of a finished handshake, so that it is not resumed. */
  public void forget(SslHandler handler) {
    handler.engine().getSession().invalidate();
  }

  /** Returns the chain that the gateway shows, its own first; empty while it is awaited. */
  public List<X509Certificate> identity() {
    UpstreamSnapshot.Identity identity = snapshot().identity();
    return identity == null ? List.of() : identity.material().chain();
  }

  /** Counts a full handshake in which our certificate was sent, and with it a signature. */
  public void accountForSignature() {
    Objects.requireNonNull(snapshot().identity()).use().fullHandshake();
  }

  /** Classifies a failed handshake, or a failed connection soon after it. */
  public Failure.Upstream classify(Throwable cause) {
    return TlsFailures.ofBackend(cause);
  }

  /** Describes a failure for the audit log; with nothing that a peer chose freely. */
  public String describe(Throwable cause) {
    return TlsFailures.detailOfBackend(cause, offer.policy());
  }

  /** Returns what may be negotiated. */
  public TlsPolicy policy() {
    return offer.policy();
  }

  /**
   * Returns when the first certificate that a connection rests on expires, as {@link
   * System#nanoTime()}: the gateway's, the backend's, or an authority of either. The end of the
   * backend's exception counts too.
   */
  public long validUntilNanos(SslHandler handler) {
    UpstreamSnapshot inUse = snapshot();
    Instant end = Objects.requireNonNull(inUse.identity()).material().firstEnd();
    Instant peersEnd = inUse.trust().authorities().firstEnd(chain(handler));
    end = peersEnd.isBefore(end) ? peersEnd : end;
    if (exception != null && exception.end().isBefore(end)) {
      end = exception.end();
    }
    Duration left = Duration.between(clock.instant(), end);
    return System.nanoTime() + (left.compareTo(LONGEST) < 0 ? left : LONGEST).toNanos();
  }

  /**
   * Whether the backend's certificate has expired: a session is resumed without looking at it
   * again.
   */
  public boolean hasExpired(SslHandler handler) {
    X509Certificate peer = peer(handler);
    return peer == null || clock.instant().isAfter(peer.getNotAfter().toInstant());
  }

  /**
   * Checks a backend whose session was resumed: its certificate may have been revoked since, and
   * its authority may have expired.
   *
   * @throws CertificateException where it is not accepted any more; see {@link #classify}
   */
  public void checkResumed(SslHandler handler) throws CertificateException {
    if (resumed(handler)) {
      snapshot().trust().checkResumed(chain(handler).toArray(X509Certificate[]::new), Role.SERVER);
    }
  }

  /**
   * Asks responders about a backend whose handshake has ended.
   *
   * @return null where no responder is to be asked; else what completes, on any thread and never
   *     with a failure, with why the backend is refused, or with nothing; see {@link #classify}
   */
  public @Nullable CompletableFuture<Optional<CertificateException>> ask(SslHandler handler) {
    return snapshot().trust().revocation().ask(chain(handler));
  }

  private static @Nullable X509Certificate peer(SslHandler handler) {
    List<X509Certificate> chain = chain(handler);
    return chain.isEmpty() ? null : chain.getFirst();
  }

  /** Returns the chain of the backend; empty where it has shown none. */
  private static List<X509Certificate> chain(SslHandler handler) {
    try {
      Certificate[] sent = handler.engine().getSession().getPeerCertificates();
      return List.of(Arrays.copyOf(sent, sent.length, X509Certificate[].class));
    } catch (SSLPeerUnverifiedException none) {
      return List.of();
    }
  }
}
