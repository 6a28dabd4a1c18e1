package sallyport.http;

import io.netty.handler.codec.http.HttpVersion;

/** The version of HTTP that a message came in, for Via (RFC 9110 sections 2.5 and 7.6.3). */
public enum ReceivedVersion {
  HTTP_1_0("1.0"),
  HTTP_1_1("1.1"),
  HTTP_2("2.0");

  private final String via;

  ReceivedVersion(String version) {
    this.via = version + " sallyport";
  }

  /** Returns the version of a message that came over HTTP/1. */
  public static ReceivedVersion of(HttpVersion version) {
    return version.equals(HttpVersion.HTTP_1_0) ? HTTP_1_0 : HTTP_1_1;
  }

  /** What the gateway adds to Via. */
  String via() {
    return via;
  }
}
