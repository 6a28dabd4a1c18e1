package sallyport.proxy.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.HttpContent;
import sallyport.http.WebSocketFrames;

/**
 * Octets of a backend on their way to the client of a WebSocket. A stop of the gateway puts a Close
 * frame of its own between two frames (RFC 6455 section 5.5.1), and discards what follows from the
 * backend. The client answers with a Close frame, which the backend gets: so both ends finish the
 * closing handshake.
 *
 * <p>Every call must run on the event loop of the client's connection.
 */
public final class WebSocketRelay {
  /** Status of a server that goes down (RFC 6455 section 7.4.1). */
  private static final int GOING_AWAY = 1001;

  private final HttpStream client;
  private final WebSocketFrames frames = new WebSocketFrames();
  private boolean leaving;
  private boolean closed;

  /** For one WebSocket, before its first frame. */
  public WebSocketRelay(HttpStream client) {
    this.client = client;
  }

  /** Writes octets of the backend, without a flush; takes over the reference. */
  public void write(HttpContent content) {
    if (closed) {
      content.release();
    } else if (!leaving) {
      frames.pass(content.content());
      client.writeContent(content);
    } else {
      writeLast(content);
    }
  }

  /** Writes the rest of a frame, and the Close frame behind it. */
  private void writeLast(HttpContent content) {
    ByteBuf octets = content.content();
    int rest = frames.passToEnd(octets);
    octets.writerIndex(octets.readerIndex() + rest);
    client.writeContent(content);
    if (frames.isBetween()) {
      close();
    }
  }

  /**
   * Tells the client that the gateway goes away, at once or behind the frame that has begun. Does
   * nothing if the backend has sent a Close frame.
   */
  public void goAway() {
    if (leaving) {
      return;
    }
    leaving = true;
    if (frames.isBetween()) {
      close();
      client.flush();
    }
  }

  private void close() {
    closed = true;
    if (!frames.isClosed()) {
      client.writeContent(new DefaultHttpContent(goingAway()));
    }
  }

  /** Returns a Close frame without a mask: FIN and opcode 8, two octets of payload. */
  private static ByteBuf goingAway() {
    return Unpooled.buffer(4).writeByte(0x88).writeByte(2).writeShort(GOING_AWAY);
  }
}
