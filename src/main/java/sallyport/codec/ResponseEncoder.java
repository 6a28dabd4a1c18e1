package sallyport.codec;

import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import java.util.ArrayDeque;
import java.util.function.Consumer;

/** Writes the responses of an HTTP/1 connection; knows which of them answer a HEAD. */
final class ResponseEncoder extends HttpResponseEncoder {
  private final ArrayDeque<HttpMethod> asked = new ArrayDeque<>(4);
  private final Consumer<HttpResponseStatus> answered;

  /**
   * @param answered hears every final status, and 101
   */
  ResponseEncoder(Consumer<HttpResponseStatus> answered) {
    this.answered = answered;
  }

  void asked(HttpMethod method) {
    asked.add(method);
  }

  @Override
  protected boolean isContentAlwaysEmpty(HttpResponse response) {
    HttpResponseStatus status = response.status();
    boolean upgraded = status.code() == 101;
    if (status.codeClass() == HttpStatusClass.INFORMATIONAL && !upgraded) {
      return true;
    }
    HttpMethod method = asked.poll();
    answered.accept(status);
    return !upgraded && (HttpMethod.HEAD.equals(method) || super.isContentAlwaysEmpty(response));
  }
}
