package sallyport.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * Key with which a session can be asked to cancel what it does: the number of a process, and a
 * secret of 4 octets, or up to 256 from version 3.2 of the protocol on. It is never logged.
 *
 * @param secret in hex
 */
public record CancelKey(int process, String secret) {
  private static final int MAX_SECRET = 256;
  private static final int MIN_SECRET = 4;

  /** Returns whether a CancelRequest has this length. */
  public static boolean isRequest(int length) {
    int secret = length - Packet.HEAD - Integer.BYTES;
    return secret >= MIN_SECRET && secret <= MAX_SECRET;
  }

  /** Returns whether the content of a BackendKeyData has this length. */
  static boolean isKeyData(int length) {
    return isRequest(length + Packet.HEAD);
  }

  /** Returns the key of a whole CancelRequest, whose indexes are left as they are. */
  public static CancelKey ofRequest(ByteBuf request) {
    int length = Packet.length(request);
    return of(request.slice(request.readerIndex() + Packet.HEAD, length - Packet.HEAD));
  }

  /**
   * Returns the key that is the content of a BackendKeyData, whose indexes are left as they are.
   */
  static CancelKey of(ByteBuf content) {
    return new CancelKey(
        content.getInt(content.readerIndex()),
        ByteBufUtil.hexDump(
            content,
            content.readerIndex() + Integer.BYTES,
            content.readableBytes() - Integer.BYTES));
  }

  /** Returns the request for this key. */
  public ByteBuf request() {
    byte[] octets = ByteBufUtil.decodeHexDump(secret);
    int length = Packet.HEAD + Integer.BYTES + octets.length;
    return Unpooled.buffer(length)
        .writeInt(length)
        .writeInt(Packet.CANCEL_REQUEST)
        .writeInt(process)
        .writeBytes(octets);
  }

  /** Returns no more than the kind: the secret is as good as a password. */
  @Override
  public String toString() {
    return "CancelKey";
  }
}
