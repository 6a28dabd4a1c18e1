package sallyport.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import sallyport.cluster.Endpoint;
import sallyport.connect.StreamTransport;

/**
 * One stream as its protocol sees it: how it begins, where it can be ended, and the last words of
 * the gateway. As it stands, octets without meaning.
 *
 * <p>Every call must run on the event loop of the stream.
 */
public interface StreamSession {
  /** Decision that follows from the first octets of a client. */
  sealed interface Beginning {
    /** An endpoint is connected to, and gets these octets. */
    Beginning OPEN = new Open();

    /** It takes more octets to tell. */
    Beginning MORE = new More();

    /** Decision to connect to an endpoint, which gets these octets. */
    record Open() implements Beginning {}

    /** Decision that takes more octets. */
    record More() implements Beginning {}

    /**
     * Refusal of the client.
     *
     * @param lastWords to the client
     */
    record Refused(ByteBuf lastWords) implements Beginning {}

    /**
     * Request that the gateway has done itself.
     *
     * @param until the connection is closed once this is done
     */
    record Served(Future<?> until) implements Beginning {}
  }

  /** Returns whether the client speaks first, and its first octets decide. */
  default boolean beginsWithClient() {
    return false;
  }

  /**
   * Decides from the first octets of the client.
   *
   * @param first all so far, at least one; its indexes are left as they are
   */
  default Beginning begin(Channel client, ByteBuf first) {
    return Beginning.OPEN;
  }

  /** Records which endpoint the stream goes to. {@link #closed} follows. */
  default void opened(Channel client, Endpoint endpoint, StreamTransport transport) {}

  /** Takes what passes from the client; its indexes are left as they are. */
  default void fromClient(ByteBuf octets) {}

  /** Takes what passes from the backend; its indexes are left as they are. */
  default void fromBackend(ByteBuf octets) {}

  /** Returns whether a drain may end the stream now: nothing is left half said. */
  default boolean isBetweenMessages() {
    return false;
  }

  /** Returns what the client is told when a drain ends the stream between messages, or null. */
  default @Nullable ByteBuf farewellToClient() {
    return null;
  }

  /** Returns what the backend is told when a drain ends the stream between messages, or null. */
  default @Nullable ByteBuf farewellToBackend() {
    return null;
  }

  /** Returns what a client is told for which no endpoint is found; null to cut it. */
  default @Nullable ByteBuf notConnected() {
    return null;
  }

  /** Records the end of the stream. */
  default void closed() {}
}
