package sallyport.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Packets that a connection of PostgreSQL's protocol can begin with: a length, which counts itself,
 * and a code, each of four octets (PostgreSQL documentation, "Message Formats").
 */
public final class Packet {
  /** Octets of the length and the code. */
  public static final int HEAD = 8;

  /** Longest first packet that PostgreSQL accepts. */
  static final int MAX_LENGTH = 10_000;

  public static final int CANCEL_REQUEST = 1234 << 16 | 5678;
  static final int SSL_REQUEST = 1234 << 16 | 5679;
  static final int GSSENC_REQUEST = 1234 << 16 | 5680;

  /** The version of the protocol that every server since 2003 speaks. */
  static final int MAJOR_VERSION = 3;

  private Packet() {}

  /** Returns the length that the head states. */
  public static int length(ByteBuf packet) {
    return packet.getInt(packet.readerIndex());
  }

  /** Returns the code. */
  public static int code(ByteBuf packet) {
    return packet.getInt(packet.readerIndex() + Integer.BYTES);
  }

  /** Returns a new SSLRequest. */
  public static ByteBuf sslRequest() {
    return Unpooled.buffer(HEAD, HEAD).writeInt(HEAD).writeInt(SSL_REQUEST);
  }

  /** Returns a new Terminate, with which a client ends its session. */
  public static ByteBuf terminate() {
    return Unpooled.buffer(1 + Integer.BYTES).writeByte('X').writeInt(Integer.BYTES);
  }

  /** Returns whether a packet of this length and code begins a session. */
  public static boolean isStartup(int length, int code) {
    return length > HEAD && length <= MAX_LENGTH && code >>> 16 == MAJOR_VERSION;
  }
}
