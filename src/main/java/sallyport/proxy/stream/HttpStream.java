package sallyport.proxy.stream;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * Request stream of a client: an HTTP/1 connection, or a stream of an HTTP/2 connection.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public interface HttpStream {
  /** Returns the event loop of the connection. */
  EventLoop loop();

  /** Returns whether other streams share the connection, so that this one alone can be reset. */
  boolean sharesConnection();

  /** Returns the connections to backends that are pinned to the client's connection. */
  PinnedConnections pinned();

  /** Writes an interim response; does nothing for an HTTP/1.0 client. */
  void writeInterim(HttpResponse response);

  /**
   * Writes the head of the response, without a flush. The stream frames the body for its client.
   *
   * @param method of the request
   * @param wholeRequest whether the whole request is read by the end of the response
   */
  void writeHead(HttpResponse response, HttpMethod method, boolean wholeRequest);

  /** Writes a piece of the body, without a flush; takes over the reference. */
  void writeContent(HttpContent content);

  /** Writes the end of the response, with a flush. The exchange is over. */
  void writeEnd(LastHttpContent last);

  /**
   * Writes a response of the gateway's own. The exchange is over, or was never begun.
   *
   * @param requestEnded whether the whole request is received
   * @param endsConnection whether an HTTP/1 connection ends with the response
   */
  void writeReply(FullHttpResponse response, boolean requestEnded, boolean endsConnection);

  /** Flushes what is written. */
  void flush();

  /** Returns whether the buffer has room; the backend pauses while it has none. */
  boolean isWritable();

  /**
   * Returns the number of body bytes that the client's socket has taken, of this exchange and of
   * earlier ones on the connection. Only the difference of two calls has a meaning.
   */
  long deliveredBytes();

  /** Returns whether anything that is written waits for the client's socket. */
  boolean hasBacklog();

  /** Returns whether the request body is read. */
  boolean isReading();

  /** Resumes or pauses reading of the request body. */
  void setReading(boolean reading);

  /** Reason for the end of a stream without a complete response. */
  enum Abort {
    /** The backend has failed within its response. */
    INCOMPLETE,
    /** The client's own message is malformed (RFC 9113 section 8.1.1). */
    MALFORMED,
    /** The client must repeat the request over HTTP/1.1 (RFC 9113 section 7). */
    HTTP_1_1_REQUIRED
  }

  /**
   * Ends the stream in a way that the client sees as an incomplete response. The exchange is over.
   */
  void abort(Abort reason);

  /** Cuts the HTTP/1 connection, or resets the HTTP/2 stream. The exchange is over. */
  void cut();
}
