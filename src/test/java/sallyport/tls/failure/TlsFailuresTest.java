package sallyport.tls.failure;

import static org.assertj.core.api.Assertions.assertThat;

import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import sallyport.net.Failure;

/** What BoringSSL says of a backend's choice of protocol; no server at hand can be made to err. */
class TlsFailuresTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "error:10000460:SSL routines:OPENSSL_internal:TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
        "error:100000a7:SSL routines:OPENSSL_internal:INVALID_ALPN_PROTOCOL"
      })
  void aBackendThatFindsOrChoosesNoProtocolOfOursIsAMismatch(String said) {
    assertThat(TlsFailures.ofBackend(new SSLHandshakeException(said)))
        .isEqualTo(Failure.Upstream.PROTOCOL_MISMATCH);
  }
}
