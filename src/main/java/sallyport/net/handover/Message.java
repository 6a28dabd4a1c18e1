package sallyport.net.handover;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * Message of a hand-over. The order:
 *
 * <pre>
 * next process             process with the sockets
 * Hello            -->
 *                  <--     Offer, or Refused and the end
 * Give             -->
 *                  <--     one descriptor; the two for each socket that is wanted
 * Serving          -->
 *                  <--     Stopped, once it accepts no more
 *                  <--     Draining, each second until its end
 * </pre>
 *
 * <p>Until Serving, the end of the connection calls the hand-over off. The process with the sockets
 * sends descriptors only when asked and nothing else then: bytes and descriptors never mix.
 *
 * <p>Immutable.
 */
public sealed interface Message {
  /** The version of the protocol. Frames, Hello and Refused stay readable for all versions. */
  int VERSION = 1;

  /**
   * First message.
   *
   * @param version of the protocol
   */
  record Hello(int version) implements Message {}

  /**
   * All that can be handed over.
   *
   * @param sockets in the order of {@link Give#socket}
   */
  record Offer(List<OfferedSocket> sockets, List<OfferedTickets> tickets) implements Message {}

  /**
   * Listening socket.
   *
   * @param listener its name
   * @param address as the kernel says
   */
  record OfferedSocket(String listener, InetSocketAddress address) {}

  /**
   * Ticket keys that a listener has made in memory.
   *
   * @param keys the newest first
   */
  record OfferedTickets(String listener, List<OfferedKey> keys) {}

  /**
   * Ticket key; a secret, so that its text has none of it.
   *
   * @param from when it began to seal
   * @param octets name and keys; not to be changed
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record OfferedKey(Instant from, byte[] octets) {
    @Override
    public String toString() {
      return "ticket key of " + from;
    }
  }

  /**
   * The hand-over is refused.
   *
   * @param reason for people
   */
  record Refused(String reason) implements Message {}

  /**
   * Wish for a descriptor.
   *
   * @param socket position in the offer, from 0
   */
  record Give(int socket) implements Message {}

  /** The next process accepts connections at all its listeners. */
  record Serving() implements Message {}

  /** The process that had the sockets accepts no more. */
  record Stopped() implements Message {}

  /** Connections that the process that had the sockets still has. */
  record Draining(List<OpenConnections> listeners) implements Message {}

  /**
   * Open connections of a listener.
   *
   * @param open the number of all
   * @param sources the numbers by source: the first 8 octets of its address
   */
  record OpenConnections(String listener, int open, Map<Long, Integer> sources) {}
}
