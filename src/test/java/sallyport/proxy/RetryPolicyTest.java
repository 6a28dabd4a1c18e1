package sallyport.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.net.Failure;

class RetryPolicyTest {
  @ParameterizedTest
  @CsvSource({
    // failure, method, attempts left, untried, backup, reused, bodySent, retry
    "CONNECT_REFUSED, POST, 2, true, false, false, false, true",
    "CONNECT_REFUSED, POST, 2, false, false, false, false, false",
    "CONNECT_REFUSED, POST, 1, true, false, false, false, true",
    "CONNECT_REFUSED, POST, 0, true, false, false, false, false",
    "CONNECT_REFUSED, POST, 0, true, true, false, false, true",
    "CONNECT_REFUSED, POST, -6, true, true, false, false, true",
    "CONNECT_REFUSED, POST, 0, true, true, false, true, false",
    "CLOSED_BEFORE_RESPONSE, GET, 0, true, true, true, false, false",
    "STREAM_REFUSED, POST, 0, false, false, true, false, false",
    "CONNECT_TIMEOUT, POST, 2, true, false, false, false, true",
    "CONNECTION_LIMIT, POST, 2, true, false, false, false, true",
    "TLS_UNTRUSTED, GET, 2, true, false, false, false, true",
    "STREAM_REFUSED, POST, 2, false, false, true, false, true",
    "STREAM_REFUSED, POST, 2, false, false, true, true, false",
    "CLOSED_BEFORE_RESPONSE, GET, 2, false, false, true, false, true",
    "CLOSED_BEFORE_RESPONSE, DELETE, 2, false, false, true, false, true",
    "CLOSED_BEFORE_RESPONSE, GET, 2, true, false, false, false, true",
    "CLOSED_BEFORE_RESPONSE, GET, 2, false, false, false, false, false",
    "CLOSED_BEFORE_RESPONSE, POST, 2, true, false, false, false, false",
    "CLOSED_BEFORE_RESPONSE, GET, 2, true, false, false, true, false",
    "UNRESPONSIVE, GET, 2, false, false, false, false, true",
    "UNRESPONSIVE, POST, 2, true, false, false, false, false",
    "CLOSED_BEFORE_RESPONSE, POST, 2, true, false, true, false, false",
    "CLOSED_BEFORE_RESPONSE, PUT, 2, true, false, true, true, false",
    "RESPONSE_TIMEOUT, GET, 2, true, false, true, false, false",
    "BAD_RESPONSE, GET, 2, true, false, true, false, false"
  })
  void onlyWhatIsSafeIsTriedAgain(
      Failure.Upstream failure,
      String method,
      int left,
      boolean untried,
      boolean backup,
      boolean reused,
      boolean bodySent,
      boolean retry) {
    assertThat(
            RetryPolicy.mayRetry(
                failure, HttpMethod.valueOf(method), left, untried, backup, reused, bodySent))
        .isEqualTo(retry);
  }

  /** Where nothing took the attempt, another one is no load that was not there. */
  @ParameterizedTest
  @EnumSource(Failure.Upstream.class)
  void onlyWhatReachedNothingIsOutsideTheBudget(Failure.Upstream failure) {
    assertThat(RetryPolicy.isFree(failure))
        .isEqualTo(
            switch (failure) {
              case CONNECT_REFUSED, UNRESOLVED, CONNECTION_LIMIT -> true;
              default -> false;
            });
  }
}
