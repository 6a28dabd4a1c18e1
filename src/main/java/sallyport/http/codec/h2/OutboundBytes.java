package sallyport.http.codec.h2;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;

/**
 * Octets of one HTTP/2 stream's bodies that wait for flow control or for the socket.
 *
 * <p>Every call must run on the connection's event loop.
 */
public final class OutboundBytes {
  /** From this on the stream takes no more, in octets; the default of Netty's channels. */
  private static final int HIGH = 64 * 1024;

  /** Below this it does so again. */
  private static final int LOW = 32 * 1024;

  private final ChannelHandlerContext ctx;
  private final Runnable onWritable;
  private long total;
  private long pending;
  private boolean full;

  /** Whether the writer was told that the stream takes no more, and waits for the opposite. */
  private boolean awaited;

  /**
   * @param onWritable hears that the stream takes more again
   */
  public OutboundBytes(ChannelHandlerContext ctx, Runnable onWritable) {
    this.ctx = ctx;
    this.onWritable = onWritable;
  }

  /** Counts octets that are about to be written, and returns the promise to write them with. */
  public ChannelPromise written(int octets) {
    total += octets;
    pending += octets;
    full |= pending >= HIGH;
    ChannelPromise promise = ctx.newPromise();
    if (octets > 0) {
      promise.addListener((ChannelFutureListener) taken -> taken(octets));
    }
    return promise;
  }

  private void taken(int octets) {
    pending -= octets;
    if (full && pending < LOW) {
      full = false;
    }
    checkWritable();
  }

  /** Returns whether more should be written; when not, the listener hears when that changes. */
  public boolean isWritable() {
    boolean writable = !full && ctx.channel().isWritable();
    awaited |= !writable;
    return writable;
  }

  /** Looks whether what was awaited has come true, as when the connection takes more. */
  public void checkWritable() {
    if (awaited && !full && ctx.channel().isWritable()) {
      awaited = false;
      onWritable.run();
    }
  }

  /** Returns the number of octets that the socket has taken so far. */
  public long taken() {
    return total - pending;
  }

  /** Returns the number of octets that wait. */
  public long pending() {
    return pending;
  }
}
