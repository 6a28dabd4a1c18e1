package sallyport.http;

import io.netty.handler.codec.http.HttpVersion;

/** Version of HTTP in which a message was received (RFC 9110 section 2.5). */
public enum ReceivedVersion {
  HTTP_1_0("HTTP/1.0", "1.0"),
  HTTP_1_1("HTTP/1.1", "1.1"),
  HTTP_2("HTTP/2", "2.0");

  private final String text;
  private final String via;

  ReceivedVersion(String text, String version) {
    this.text = text;
    this.via = version + " sallyport";
  }

  /** Returns the version of a message that came over HTTP/1. */
  public static ReceivedVersion of(HttpVersion version) {
    return version.equals(HttpVersion.HTTP_1_0) ? HTTP_1_0 : HTTP_1_1;
  }

  /** Returns the name in logs. */
  public String text() {
    return text;
  }

  /**
   * Returns whether requests of several users may share a connection at a time, each on a stream
   * that can be reset alone.
   */
  public boolean sharesConnection() {
    return this == HTTP_2;
  }

  /** Returns the value that the gateway adds to Via (RFC 9110 section 7.6.3). */
  public String via() {
    return via;
  }
}
