package sallyport.proxy;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import sallyport.connect.UpstreamClient;

/** What an exchange asks of the client's connection or stream. All on its event loop. */
interface ClientSide {
  EventLoop loop();

  /** Whether this is a stream, which can be reset without harm to others. */
  boolean isHttp2();

  /** Connections to backends that are this client connection's own. */
  PinnedConnections pinned();

  /** Whether this client connection has, or is to have, a connection of its own to a backend. */
  boolean isPinned(UpstreamClient backend);

  /** An interim response; nothing happens where the client could not take it. */
  void writeInterim(HttpResponse response);

  /** The head of the response, framed for this client; without a flush. */
  void writeHead(HttpResponse response);

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

  /**
   * The response cannot be given, or not whole: makes sure that the client sees it. The exchange is
   * over.
   *
   * @param malformed whether the client's own message is to blame
   */
  void abort(boolean malformed);

  /** Tells the client to send the request again over HTTP/1.1 (RFC 9113 section 7). Of streams. */
  void requireHttp1();

  /** Cuts what carries the exchange, which is over. */
  void cut();
}
