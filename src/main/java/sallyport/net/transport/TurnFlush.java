package sallyport.net.transport;

import io.netty.util.concurrent.EventExecutor;

/**
 * Flushes of a connection that many exchanges share: what they write in one turn of the event loop
 * goes out together at its end, in common TLS records and by one system call.
 *
 * <p>Belongs to one event loop; every call must run there.
 */
public final class TurnFlush implements Runnable {
  private final EventExecutor loop;
  private final Runnable flush;
  private boolean scheduled;

  /** Whether the connection is being read: its handler flushes at the end of that. */
  private boolean reading;

  /**
   * @param flush sends what was written
   */
  public TurnFlush(EventExecutor loop, Runnable flush) {
    this.loop = loop;
    this.flush = flush;
  }

  /** Flushes at the end of this turn at the latest. */
  public void request() {
    if (!reading && !scheduled) {
      scheduled = true;
      loop.execute(this);
    }
  }

  /** Marks the beginning of a read: flush requests wait for the flush at its end. */
  public void beginRead() {
    reading = true;
  }

  /** Marks the end of a read; the caller flushes the connection. */
  public void endRead() {
    reading = false;
  }

  @Override
  public void run() {
    scheduled = false;
    flush.run();
  }
}
