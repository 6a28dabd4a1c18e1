package sallyport.cluster.ejection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import sallyport.net.Failure;

/** Which failures a client could cause, or the gateway has: they eject no endpoint. */
class EvidenceTest {
  private static final EnumSet<Failure.Upstream> NONE =
      EnumSet.of(
          Failure.Upstream.TLS_EXCEPTION_EXPIRED,
          Failure.Upstream.TLS_CERTIFICATE_AWAITED,
          Failure.Upstream.CONNECTION_LIMIT,
          Failure.Upstream.REQUEST_LIMIT,
          Failure.Upstream.WAITING_LIMIT,
          Failure.Upstream.PROTOCOL_MISMATCH,
          Failure.Upstream.STREAM_REFUSED,
          Failure.Upstream.BAD_RESPONSE,
          Failure.Upstream.CLOSED_DURING_RESPONSE,
          Failure.Upstream.STREAM_TIMEOUT);

  @ParameterizedTest
  @EnumSource(Failure.Upstream.class)
  void everyOtherFailureIsEvidence(Failure.Upstream failure) {
    assertThat(Evidence.isAgainst(failure)).isEqualTo(!NONE.contains(failure));
  }
}
