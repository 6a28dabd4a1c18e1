package sallyport.net.transport;

import io.netty.handler.flush.FlushConsolidationHandler;

/**
 * For a connection that many exchanges share (HTTP/2): whatever they write in one turn of the event
 * loop goes out at its end, in common TLS records and by one system call.
 */
public final class FlushPerTurn extends FlushConsolidationHandler {
  /** So many flushes do not wait for the end of the turn. */
  private static final int MOST = 64;

  /** For one connection; behind its TLS engine. */
  public FlushPerTurn() {
    super(MOST, /* consolidateWhenNoReadInProgress= */ true);
  }
}
