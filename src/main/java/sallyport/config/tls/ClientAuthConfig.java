package sallyport.config.tls;

import java.util.Set;
import org.jspecify.annotations.Nullable;
import sallyport.config.address.PeerNames;
import sallyport.config.certificate.TrustConfig;
import sallyport.config.setting.Limit;
import sallyport.config.setting.Looser;
import sallyport.config.setting.Section;

/**
 * Settings of client certificates.
 *
 * @param trust who may have issued it; never null unless the mode is {@link Mode#NONE}
 * @param maxDepth certificates between the client's and an authority of {@code trust}, 0 to 5
 * @param allow one of which a client must be, as {@link PeerNames} writes them; empty: every client
 *     that {@code trust} vouches for
 * @param denied clients that are denied; null for none
 * @param refusal answer to a client that is not admitted
 * @param forward how backends are told who the client is; empty: they are not
 * @param host which Host a request may name
 */
public record ClientAuthConfig(
    Mode mode,
    @Section("") @Nullable TrustConfig trust,
    @Limit(key = "max-depth", min = "0", max = "5", looser = Looser.RAISED) int maxDepth,
    Set<String> allow,
    @Nullable DenyListConfig denied,
    Refusal refusal,
    Set<Forward> forward,
    Host host) {

  /** No client is asked. */
  public static final ClientAuthConfig NONE =
      new ClientAuthConfig(
          Mode.NONE, null, 0, Set.of(), null, Refusal.HANDSHAKE, Set.of(), Host.SERVER_NAME);

  /** Answer to a client without a certificate. */
  public enum Mode {
    /** No certificate is asked for. */
    NONE,
    /** One is asked for; without one the connection goes on, with a bad one it is refused. */
    OPTIONAL,
    /** Without a good one the client is refused. */
    REQUIRED
  }

  /** Answer to a client that is refused. */
  public enum Refusal {
    /** The handshake fails. */
    HANDSHAKE,
    /** 403 for each request. */
    STATUS_403
  }

  /** Hosts that a request may name on a connection for which a certificate was asked. */
  public enum Host {
    /** The server name of the handshake (SNI), if there was one; others get 421. */
    SERVER_NAME,
    /** Each: clients are gateways, whose certificate is no choice of a user. */
    ANY
  }

  /** Header fields that tell a backend who the client is. */
  public enum Forward {
    /** X-Forwarded-Client-Cert as Envoy writes it. */
    XFCC,
    /** The same, with the certificate itself. */
    XFCC_CERT,
    /** Client-Cert (RFC 9440). */
    RFC9440,
    /** The same, and Client-Cert-Chain. */
    RFC9440_CHAIN
  }
}
