package sallyport.postgres;

import io.netty.buffer.ByteBuf;

/**
 * Messages of a client as they pass, after its first packet: counts those that a server answers
 * with ReadyForQuery.
 *
 * <p>Belongs to the event loop of its connection.
 */
public final class ClientMessages implements MessageScan.Sink {
  private static final byte FUNCTION_CALL = 'F';
  private static final byte QUERY = 'Q';
  private static final byte SYNC = 'S';

  private final MessageScan scan = new MessageScan(this);
  private long asked;
  private boolean broken;

  /** Takes what passes. */
  public void pass(ByteBuf octets) {
    scan.pass(octets);
  }

  /** Returns the number of messages that the server answers with ReadyForQuery. */
  public long asked() {
    return asked;
  }

  /** Returns whether what has passed is whole messages. */
  public boolean isBetweenMessages() {
    return !broken && scan.isBetweenMessages();
  }

  @Override
  public void onMessage(byte type, int contentLength) {
    if (type == QUERY || type == SYNC || type == FUNCTION_CALL) {
      asked++;
    }
  }

  @Override
  public void onBroken() {
    broken = true;
  }
}
