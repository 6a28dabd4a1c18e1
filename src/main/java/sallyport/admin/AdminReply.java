package sallyport.admin;

import io.netty.handler.codec.http.HttpResponseStatus;

/**
 * Answer of the admin listener.
 *
 * @param allow the methods that the path has, for 405; else empty
 */
record AdminReply(HttpResponseStatus code, String type, String text, String allow) {
  private static final String TEXT = "text/plain; charset=utf-8";

  /** Returns an answer in plain text. */
  static AdminReply text(HttpResponseStatus code, String text) {
    return new AdminReply(code, TEXT, text, "");
  }

  /** Returns a page of another type. */
  static AdminReply page(String type, String text) {
    return new AdminReply(HttpResponseStatus.OK, type, text, "");
  }

  /** Returns the refusal of a method. */
  static AdminReply methods(String allow, String text) {
    return new AdminReply(HttpResponseStatus.METHOD_NOT_ALLOWED, TEXT, text, allow);
  }
}
