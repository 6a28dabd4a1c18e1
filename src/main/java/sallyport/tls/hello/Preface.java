package sallyport.tls.hello;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import sallyport.tls.failure.HandshakeRefusal;

/**
 * Octets that a client sends in clear text before TLS begins: none as a rule, a question whether
 * TLS is spoken, or another protocol altogether, for whose clients TLS has no alert.
 *
 * <p>Called on the event loop of the connection, with what it received until TLS begins.
 */
public interface Preface {
  /** Nothing comes before TLS, and no client is answered. */
  Preface NONE = first -> Step.TLS;

  /** Step that follows. */
  sealed interface Step {
    /** TLS begins here. */
    Step TLS = new Tls();

    /** It takes more octets to tell. */
    Step MORE = new More();

    /** Begin of TLS. */
    record Tls() implements Step {}

    /** Decision that takes more octets. */
    record More() implements Step {}

    /**
     * Answer to a question of the client, after which it goes on.
     *
     * @param length of the question, in octets
     */
    record Answer(int length, ByteBuf reply) implements Step {}

    /**
     * Refusal of the client.
     *
     * @param reply in clear text, before the connection is closed; null for none
     */
    record Refuse(HandshakeRefusal reason, @Nullable ByteBuf reply) implements Step {}

    /**
     * End of a connection that has served its purpose without TLS.
     *
     * @param until the connection is closed once this is done
     */
    record Close(Future<?> until) implements Step {}
  }

  /**
   * Returns what follows from these octets.
   *
   * @param first the octets so far, at least one; its indexes are left as they are
   */
  Step read(ByteBuf first);

  /** Returns whether a client must name its protocol by ALPN (RFC 7301), as asked at its hello. */
  default boolean needsProtocol() {
    return false;
  }
}
