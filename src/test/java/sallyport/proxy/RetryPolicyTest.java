package sallyport.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import sallyport.net.Failure;

class RetryPolicyTest {
  @ParameterizedTest
  @CsvSource({
    // failure, method, attempts, untried, reused, bodySent, retry
    "CONNECT_REFUSED, POST, 1, 1, false, false, true",
    "CONNECT_REFUSED, POST, 1, 0, false, false, false",
    "CONNECT_REFUSED, POST, 2, 1, false, false, true",
    "CONNECT_REFUSED, POST, 3, 6, false, false, false",
    "CONNECT_TIMEOUT, POST, 1, 1, false, false, true",
    "CONNECTION_LIMIT, POST, 1, 1, false, false, true",
    "TLS_UNTRUSTED, GET, 1, 1, false, false, true",
    "STREAM_REFUSED, POST, 1, 0, true, false, true",
    "STREAM_REFUSED, POST, 1, 0, true, true, false",
    "CLOSED_BEFORE_RESPONSE, GET, 1, 0, true, false, true",
    "CLOSED_BEFORE_RESPONSE, DELETE, 1, 0, true, false, true",
    "CLOSED_BEFORE_RESPONSE, GET, 1, 1, false, false, false",
    "CLOSED_BEFORE_RESPONSE, POST, 1, 1, true, false, false",
    "CLOSED_BEFORE_RESPONSE, PUT, 1, 1, true, true, false",
    "RESPONSE_TIMEOUT, GET, 1, 1, true, false, false",
    "BAD_RESPONSE, GET, 1, 1, true, false, false"
  })
  void onlyWhatIsSafeIsTriedAgain(
      Failure.Upstream failure,
      String method,
      int attempts,
      int untried,
      boolean reused,
      boolean bodySent,
      boolean retry) {
    assertThat(
            RetryPolicy.mayRetry(
                failure, HttpMethod.valueOf(method), attempts, untried, reused, bodySent))
        .isEqualTo(retry);
  }
}
