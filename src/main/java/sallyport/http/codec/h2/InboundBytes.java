package sallyport.http.codec.h2;

import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * Flow control of the data received on one HTTP/2 stream (RFC 9113 section 5.2): while the reader
 * pauses, received octets are handed on but not returned to the peer's window, so that it may send
 * no more than the rest of that.
 *
 * <p>Every call must run on the connection's event loop.
 */
public final class InboundBytes {
  private final Http2Connection connection;

  /** Null until the stream is open. */
  private @Nullable Http2Stream stream;

  private boolean reading = true;
  private int kept;

  /** Of a stream of this connection. */
  public InboundBytes(Http2Connection connection) {
    this.connection = connection;
  }

  /** Starts with a stream that is open. */
  public void of(Http2Stream opened) {
    stream = opened;
  }

  /**
   * Counts octets that came in.
   *
   * @return how many of them return to the window now
   */
  public int received(int octets) {
    if (reading) {
      return octets;
    }
    kept += octets;
    return 0;
  }

  /** Returns whether octets return to the window as they come. */
  public boolean isReading() {
    return reading;
  }

  /**
   * Opens the peer's window, or keeps it closed.
   *
   * @return whether a frame was written
   */
  public boolean setReading(boolean read) {
    reading = read;
    if (!reading || kept == 0 || stream == null) {
      return false;
    }
    int octets = kept;
    kept = 0;
    try {
      return connection.local().flowController().consumeBytes(stream, octets);
    } catch (Http2Exception closed) {
      // The window of a stream that has ended is of no further use.
      return false;
    }
  }
}
