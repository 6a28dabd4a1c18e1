package sallyport.mllp;

import io.netty.buffer.ByteBuf;
import sallyport.stream.StreamSession;

/**
 * One stream of HL7 version 2 over MLLP. Either side may send messages, and the other one answers
 * them.
 */
public final class MllpSession implements StreamSession {
  private final MllpBlocks client = new MllpBlocks();
  private final MllpBlocks backend = new MllpBlocks();

  @Override
  public void fromClient(ByteBuf octets) {
    client.pass(octets);
  }

  @Override
  public void fromBackend(ByteBuf octets) {
    backend.pass(octets);
  }

  /** Returns whether all blocks are whole, and each message has its acknowledgement. */
  @Override
  public boolean isBetweenMessages() {
    return client.isBetweenBlocks()
        && backend.isBetweenBlocks()
        && client.messages() == backend.answers()
        && backend.messages() == client.answers();
  }
}
