package sallyport.connect.stream;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import org.jspecify.annotations.Nullable;
import sallyport.http.ReceivedVersion;

/**
 * Request stream to a backend: an HTTP/1.1 connection, or a stream of an HTTP/2 connection. It
 * carries one exchange, and is then available for another.
 *
 * <p>Every call must run on the event loop of the connection.
 */
public interface ClientStream {
  /**
   * Starts the exchange: what comes in from now on goes to this listener.
   *
   * @param method of the request
   * @param webSocket whether the request asks for WebSocket, and may be answered with 101
   */
  void begin(ResponseListener listener, HttpMethod method, boolean webSocket);

  /**
   * Returns whether the connection has carried an exchange before: the backend may have closed it
   * since.
   */
  boolean reused();

  /** Returns the address and port of the backend; empty where they are unknown. */
  String address();

  /** Sends a part of the request, without a flush; takes over the reference. */
  void write(HttpObject part);

  /** Sends what was written. */
  void flush();

  /**
   * Returns whether more of the request should be written; {@link ResponseListener#onWritable}
   * follows.
   */
  boolean isWritable();

  /** Reads on, or makes the backend wait. */
  void setReading(boolean reading);

  /**
   * Fails the exchange when this much time passes without another call to this method, all of it
   * the backend's as far as is known at the end.
   *
   * @param nanos above 0
   */
  void armTimeout(long nanos);

  /** Ends the exchange without a call to its listener. */
  void abort();

  /** Gives the stream back unused. */
  void release();

  /** Returns the version of HTTP in which this response came. */
  ReceivedVersion version(HttpResponse response);

  /** Returns the connection, where this exchange has one for itself; null where it is shared. */
  @Nullable ExclusiveConnection exclusive();
}
