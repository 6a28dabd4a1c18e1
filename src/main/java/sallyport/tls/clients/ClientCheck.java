package sallyport.tls.clients;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.listener.TlsListenerConfig;
import sallyport.config.tls.ClientAuthConfig;
import sallyport.credentials.certificates.Certificates;
import sallyport.credentials.certificates.Role;
import sallyport.credentials.revocation.Revocation;
import sallyport.net.ClientAuthentication;
import sallyport.net.ClientIdentity;
import sallyport.net.Failure;
import sallyport.net.Peers;
import sallyport.observe.audit.AuditEvent;
import sallyport.observe.audit.AuditLog;
import sallyport.observe.metrics.TlsMetrics;
import sallyport.tls.failure.HandshakeRefusal;
import sallyport.tls.failure.PeerRefused;
import sallyport.tls.failure.TlsFailures;
import sallyport.tls.trust.StrictTrustManager;

/**
 * Check of the client of each finished handshake, resumed ones included. It also cuts the
 * connections of clients that have been denied or revoked since, and ends those of clients whose
 * certificate expires.
 *
 * <p>Handshakes are checked on the event loop of their connection; everything else on any thread.
 */
public final class ClientCheck {
  /** Refusal of a client, with which the connection ends. */
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final HandshakeRefusal reason;

    Refused(HandshakeRefusal reason, String detail) {
      super(detail);
      this.reason = reason;
    }

    public HandshakeRefusal reason() {
      return reason;
    }
  }

  private final TlsListenerConfig listener;
  private final ClientAuthConfig config;
  private final ClientRules rules;
  private final Supplier<@Nullable StrictTrustManager> trust;
  private final TlsMetrics metrics;
  private final AuditLog audit;
  private final Clock clock;
  private final AuthenticatedConnections connections = new AuthenticatedConnections();

  /** Whether an accepted client can be on a list later. */
  private final boolean cuts;

  /**
   * @param trust what is in use at that moment
   */
  public ClientCheck(
      TlsListenerConfig listener,
      ClientRules rules,
      Supplier<@Nullable StrictTrustManager> trust,
      TlsMetrics metrics,
      AuditLog audit,
      Clock clock) {
    this.trust = trust;
    this.listener = listener;
    this.config = listener.tls().clientAuth();
    TrustConfig trusted = config.trust();
    this.cuts =
        config.denied() != null || (trusted != null && !trusted.revocation().crls().isEmpty());
    this.rules = rules;
    this.metrics = metrics;
    this.audit = audit;
    this.clock = clock;
  }

  /** See {@link ClientRules#mayResume}. */
  public boolean mayResume() {
    return rules.mayResume();
  }

  /**
   * Asks responders about the client of a finished handshake. A client that is refused already is
   * not asked about: only an accepted certificate may choose what the gateway asks.
   *
   * @return null where no responder is to be asked; else as {@link Revocation#ask}
   */
  public @Nullable CompletableFuture<Optional<CertificateException>> ask(SslHandler ssl) {
    SSLSession session = ssl.engine().getSession();
    X509Certificate[] chain = shown(session);
    StrictTrustManager inUse = trust.get();
    boolean refused =
        chain != null && rules.answers() && ClientTrustManager.refusal(session) != null;
    return chain == null || inUse == null || refused
        ? null
        : inUse.revocation().ask(List.of(chain));
  }

  /**
   * Authenticates the client of a finished handshake.
   *
   * @param resumed whether the handshake went on with a session
   * @param own the certificate that it was shown
   * @param said why the responders' answers refuse it; null where they do not
   */
  public ClientAuthentication authenticate(
      Channel connection,
      SslHandler ssl,
      boolean resumed,
      X509Certificate own,
      @Nullable CertificateException said)
      throws Refused {
    SSLSession session = ssl.engine().getSession();
    X509Certificate[] chain = shown(session);
    if (chain == null) {
      return withoutCertificate();
    }
    if (cuts) {
      // Before the deny list is read: a client that is added to it meanwhile is found here.
      connections.add(connection, chain);
    }
    watchEnd(connection, chain);
    CertificateException changed = said != null ? said : changed(chain, resumed);
    if (!rules.answers()) {
      if (changed != null) {
        throw new Refused(TlsFailures.ofClient(changed), TlsFailures.detail(changed));
      }
      return ClientAuthentication.of(identity(chain, own));
    }
    CertificateException verdict = ClientTrustManager.refusal(session);
    CertificateException refused = verdict != null ? verdict : changed;
    return refused == null
        ? ClientAuthentication.of(identity(chain, own))
        : new ClientAuthentication(
            identity(chain, own),
            TlsFailures.ofClient(refused).answered(),
            TlsFailures.detail(refused));
  }

  /** Ends the connection when the first certificate that its client rests on has expired. */
  private void watchEnd(Channel connection, X509Certificate[] chain) {
    StrictTrustManager inUse = trust.get();
    Instant end =
        inUse == null
            ? chain[0].getNotAfter().toInstant()
            : inUse.authorities().firstEnd(List.of(chain));
    ExpiringConnection.watch(
        connection,
        end,
        clock,
        () -> {
          metrics.clientExpired();
          audit.record(
              new AuditEvent.ClientExpired(
                  listener.name(),
                  Peers.client(connection),
                  Certificates.fingerprint(chain[0]),
                  end));
        });
  }

  /** Returns what has changed since the client's certificate was verified; null for nothing. */
  private @Nullable CertificateException changed(X509Certificate[] chain, boolean resumed) {
    PeerRefused refused = rules.refusal(chain);
    StrictTrustManager inUse = trust.get();
    if (refused != null || inUse == null) {
      return refused;
    }
    try {
      if (resumed) {
        inUse.checkResumed(chain, Role.CLIENT);
        return null;
      }
      // A handshake may have begun with other lists than are in use by now.
      return inUse.revocation().listed(List.of(chain));
    } catch (CertificateException notBelieved) {
      return notBelieved;
    }
  }

  private boolean isRevoked(X509Certificate[] chain) {
    StrictTrustManager inUse = trust.get();
    return inUse != null && inUse.revocation().listed(List.of(chain)) != null;
  }

  private ClientAuthentication withoutCertificate() throws Refused {
    if (!rules.required()) {
      return ClientAuthentication.NONE;
    }
    if (rules.answers()) {
      return new ClientAuthentication(
          null, Failure.Access.CLIENT_CERTIFICATE_MISSING, "showed no certificate");
    }
    // The engine has seen to it; this is the second lock.
    throw new Refused(HandshakeRefusal.CLIENT_CERTIFICATE_MISSING, "showed no certificate");
  }

  /** Returns the chain that the client showed; null for none. */
  private X509Certificate @Nullable [] shown(SSLSession session) {
    if (config.mode() == ClientAuthConfig.Mode.NONE) {
      // No client was asked: the engine would report only by an exception that there is none.
      return null;
    }
    try {
      Certificate[] sent = session.getPeerCertificates();
      return Arrays.copyOf(sent, sent.length, X509Certificate[].class);
    } catch (SSLPeerUnverifiedException none) {
      return null;
    }
  }

  private ClientIdentity identity(X509Certificate[] chain, X509Certificate own) {
    return new ClientIdentity(
        Certificates.fingerprint(chain[0]),
        ClientFields.subject(chain[0]),
        ClientRules.names(chain[0]),
        ClientFields.of(config.forward(), chain, own));
  }

  /** Cuts the connections of clients that are on the deny list, or revoked, by now. */
  public void cutDenied() {
    connections.cut(
        client -> {
          boolean denied = rules.isDenied(client.chain()) || isRevoked(client.chain());
          if (denied) {
            metrics.clientCut();
            audit.record(
                new AuditEvent.ClientCut(
                    listener.name(),
                    Peers.client(client.connection()),
                    Certificates.fingerprint(client.chain()[0])));
          }
          return denied;
        });
  }
}
