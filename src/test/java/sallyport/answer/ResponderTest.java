package sallyport.answer;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.FullHttpResponse;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import sallyport.net.Failure;
import sallyport.observe.access.ExchangeLog;
import sallyport.values.ClientAddress;

class ResponderTest {
  static Stream<Arguments> failures() {
    return Stream.of(
        Arguments.of(Failure.Upstream.CONNECTION_LIMIT, "1"),
        Arguments.of(Failure.Upstream.REQUEST_LIMIT, "1"),
        Arguments.of(Failure.Upstream.WAITING_LIMIT, "1"),
        Arguments.of(Failure.Gateway.OUT_OF_MEMORY, "1"),
        Arguments.of(Failure.Upstream.STREAM_REFUSED, null),
        Arguments.of(Failure.Upstream.CONNECT_REFUSED, null),
        Arguments.of(Failure.Gateway.NO_ENDPOINT, null),
        Arguments.of(Failure.Gateway.AUDIT_LOG_UNWRITABLE, null));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void anAnswerToALimitThatPassesSaysWhenToTryAgain(Failure failure, @Nullable String retryAfter) {
    ExchangeLog log =
        new ExchangeLog(
            "https",
            ClientAddress.direct(new InetSocketAddress("192.0.2.9", 4711)),
            "HTTP/1.1",
            "GET");
    FullHttpResponse response = Responder.failure(log, failure, Map.of());
    assertThat(response.headers().get("Retry-After")).isEqualTo(retryAfter);
    assertThat(log.failure).isEqualTo(failure);
    response.release();
  }
}
