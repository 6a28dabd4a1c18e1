package sallyport.credentials.tickets;

import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;

/**
 * Key that seals session tickets: a name that stands at the head of each of its tickets in clear,
 * and the secret rest. Immutable.
 */
public final class TicketKey {
  /** The name, the key of the HMAC and that of AES, 16 octets each. */
  static final int OCTETS = 48;

  private static final int NAME_OCTETS = 16;

  /** Of 32 random octets, fewer are different ones once in 10^19 times. */
  private static final int LEAST_DIFFERENT = 16;

  private final Instant from;
  private final byte[] octets;

  /**
   * @param from when it begins to seal
   * @param octets 48, not to be changed afterwards
   */
  TicketKey(Instant from, byte[] octets) {
    if (octets.length != OCTETS) {
      throw new IllegalArgumentException("a ticket key has " + OCTETS + " octets");
    }
    this.from = from;
    this.octets = octets;
  }

  /** Generates a new key. */
  public static TicketKey random(Instant from, SecureRandom random) {
    byte[] octets = new byte[OCTETS];
    random.nextBytes(octets);
    return new TicketKey(from, octets);
  }

  /**
   * Returns a key that another process of this gateway made.
   *
   * @throws IllegalArgumentException when it has not 48 octets
   */
  public static TicketKey of(Instant from, byte[] octets) {
    return new TicketKey(from, octets.clone());
  }

  /** Returns when it begins to seal. */
  public Instant from() {
    return from;
  }

  /** Returns a copy of all 48 octets. */
  public byte[] octets() {
    return octets.clone();
  }

  /** Returns the public part, 32 hex digits: the beginning of each ticket. */
  public String name() {
    return HexFormat.of().formatHex(octets, 0, NAME_OCTETS);
  }

  /** Returns whether octets may be random ones; text and repetition are not. */
  static boolean looksRandom(byte[] octets) {
    BitSet seen = new BitSet();
    boolean text = true;
    for (byte octet : octets) {
      seen.set(octet & 0xff);
      text &= octet == '\n' || octet == '\r' || (octet >= ' ' && octet <= '~');
    }
    return seen.cardinality() >= LEAST_DIFFERENT && !text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TicketKey key
        && from.equals(key.from)
        && Arrays.equals(octets, key.octets);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(octets);
  }

  @Override
  public String toString() {
    return name();
  }
}
