package sallyport.tls;

import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import sallyport.config.SessionTicketsConfig;

/**
 * The keys under which a listener's session tickets are sealed (RFC 5077, RFC 8446 section 4.6.1):
 * made in memory, replaced in time, and the same whatever becomes of the certificates, so that a
 * rotation of those sets off no storm of full handshakes.
 *
 * <p>BoringSSL seals by AES-128-CBC with HMAC-SHA256; there is no choice.
 */
final class TicketKeys {
  private record Aged(OpenSslSessionTicketKey key, Instant made) {}

  private final SessionTicketsConfig config;
  private final SecureRandom random = new SecureRandom();

  /** The newest first: it seals, all of them open. */
  private final Deque<Aged> keys = new ArrayDeque<>();

  TicketKeys(SessionTicketsConfig config, Instant now) {
    this.config = config;
    keys.addFirst(new Aged(newKey(), now));
  }

  private OpenSslSessionTicketKey newKey() {
    byte[] name = bytes(OpenSslSessionTicketKey.NAME_SIZE);
    byte[] hmac = bytes(OpenSslSessionTicketKey.HMAC_KEY_SIZE);
    byte[] aes = bytes(OpenSslSessionTicketKey.AES_KEY_SIZE);
    return new OpenSslSessionTicketKey(name, hmac, aes);
  }

  private byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  /**
   * Makes a new key when the newest has had its time, and drops those that no ticket may use any
   * more.
   *
   * @return whether anything changed; then every context has to be told
   */
  boolean renew(Instant now) {
    boolean due = !now.isBefore(keys.getFirst().made().plus(config.life()));
    if (due) {
      keys.addFirst(new Aged(newKey(), now));
    }
    Duration span = config.life().plus(config.accepted());
    boolean dropped =
        keys.size() > 1 && keys.removeIf(aged -> !now.isBefore(aged.made().plus(span)));
    return due || dropped;
  }

  /** Has this context seal and open tickets by these keys, for sessions of its own kind alone. */
  void applyTo(SslContext context, byte[] kind) {
    OpenSslServerSessionContext sessions = (OpenSslServerSessionContext) context.sessionContext();
    if (!sessions.setSessionIdContext(kind)) {
      throw new IllegalStateException("the session id context was not taken");
    }
    sessions.setSessionTimeout(
        (int) Math.min(Integer.MAX_VALUE, config.life().plus(config.accepted()).toSeconds()));
    tell(List.of(context));
  }

  /** Tells contexts which keys there are now. */
  void tell(List<SslContext> contexts) {
    OpenSslSessionTicketKey[] all =
        keys.stream().map(Aged::key).toArray(OpenSslSessionTicketKey[]::new);
    for (SslContext context : contexts) {
      ((OpenSslServerSessionContext) context.sessionContext()).setTicketKeys(all);
    }
  }
}
