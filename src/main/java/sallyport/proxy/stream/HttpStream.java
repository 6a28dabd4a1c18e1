package sallyport.proxy.stream;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;

/**
 * A request stream of a client: an HTTP/1 connection, or a stream of an HTTP/2 connection.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public interface HttpStream {
  EventLoop loop();

  /** Whether other streams share the connection: this one can be reset without harm to them. */
  boolean sharesConnection();

  /** Connections to backends that are this client connection's own. */
  PinnedConnections pinned();

  /** An interim response; nothing happens where the client could not take it. */
  void writeInterim(HttpResponse response);

  /**
   * The head of the response, without a flush. The stream frames the body for its client.
   *
   * @param method of the request
   * @param wholeRequest whether the request has been read to its end when the response is over
   */
  void writeHead(HttpResponse response, HttpMethod method, boolean wholeRequest);

  /** A piece of the body; takes over the reference; without a flush. */
  void writeContent(HttpContent content);

  /** The end of the response, with a flush; the exchange is over. */
  void writeEnd(LastHttpContent last);

  /**
   * A response that the gateway made; the exchange is over, or none was begun.
   *
   * @param requestEnded whether all of the request has come in
   * @param last whether the connection ends with it
   */
  void writeReply(FullHttpResponse response, boolean requestEnded, boolean last);

  void flush();

  /** False when so much waits to be sent that the backend should pause. */
  boolean isWritable();

  /**
   * Body bytes that the client's socket has taken, of this exchange and those before it on the same
   * connection. Only the difference between two looks means anything.
   */
  long deliveredBytes();

  /** Whether anything that was written waits for the client's socket to take it. */
  boolean hasBacklog();

  /** Whether more of the request body is taken as it comes. */
  boolean isReading();

  /** Takes more of the request body, or lets the client wait. */
  void setReading(boolean reading);

  /** Why a stream ends without a response that is whole. */
  enum Abort {
    /** The rest of the response will not come. */
    INCOMPLETE,
    /** The client's own message is malformed (RFC 9113 section 8.1.1). */
    MALFORMED,
    /** The request has to be sent again over HTTP/1.1 (RFC 9113 section 7). */
    HTTP_1_1_REQUIRED
  }

  /**
   * Ends the stream so that the client sees that the response is not whole. The exchange is over.
   */
  void abort(Abort reason);

  /** Cuts what carries the exchange, which is over. */
  void cut();
}
