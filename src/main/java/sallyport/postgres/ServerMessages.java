package sallyport.postgres;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.Consumer;

/**
 * Messages of a server as they pass: finds the key of the session, and when the session is idle.
 *
 * <p>Belongs to the event loop of its connection.
 */
public final class ServerMessages implements MessageScan.Sink {
  private static final byte BACKEND_KEY_DATA = 'K';
  private static final byte READY_FOR_QUERY = 'Z';

  /** Status of a session outside a transaction, in ReadyForQuery. */
  private static final byte IDLE = 'I';

  private final Consumer<CancelKey> keys;
  private final MessageScan scan = new MessageScan(this);
  private ByteBuf key = Unpooled.EMPTY_BUFFER;
  private byte type;
  private boolean started;
  private byte status;
  private long answered;
  private boolean broken;

  /**
   * @param keys takes the key of the session, once
   */
  public ServerMessages(Consumer<CancelKey> keys) {
    this.keys = keys;
  }

  /** Takes what passes. */
  public void pass(ByteBuf octets) {
    scan.pass(octets);
  }

  /** Returns the number of times that the server has said it is ready for a query. */
  public long answered() {
    return answered;
  }

  /** Returns whether the last whole message was that the session is idle, in no transaction. */
  public boolean isIdle() {
    return !broken && scan.isBetweenMessages() && type == READY_FOR_QUERY && status == IDLE;
  }

  @Override
  public void onMessage(byte begun, int contentLength) {
    type = begun;
    if (begun == READY_FOR_QUERY) {
      started = true;
      answered++;
    } else if (begun == BACKEND_KEY_DATA && !started && CancelKey.isKeyData(contentLength)) {
      key = Unpooled.buffer(contentLength, contentLength);
    }
  }

  @Override
  public void onContent(ByteBuf octets, int index, int length) {
    if (type == READY_FOR_QUERY) {
      status = octets.getByte(index);
    } else if (type == BACKEND_KEY_DATA && key.isWritable(length)) {
      key.writeBytes(octets, index, length);
      if (!key.isWritable()) {
        keys.accept(CancelKey.of(key));
        key = Unpooled.EMPTY_BUFFER;
      }
    }
  }

  @Override
  public void onBroken() {
    broken = true;
  }
}
