package sallyport.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import sallyport.net.Failure;

/** What every failure means for its client, the metrics and the audit log. */
class FailureTableTest {
  private static final List<Failure> ALL =
      Stream.<Failure[]>of(
              Failure.Client.values(),
              Failure.Access.values(),
              Failure.Upstream.values(),
              Failure.Response.values(),
              Failure.Gateway.values())
          .flatMap(Arrays::stream)
          .toList();

  /** Each failure in its only row: the status, the names, and what is done with it. */
  private static final String TABLE =
      """
      400 counted REQUEST_REFUSED ends: bad_request bad_request_line bad_method space_in_uri bad_uri
      400 counted REQUEST_REFUSED ends: ambiguous_uri bad_line_end bad_host bad_header
      400 counted REQUEST_REFUSED ends: suspicious_header both_te_cl_present
      400 counted REQUEST_REFUSED ends: multiple_content_length bad_content_length stream_error
      400 counted REQUEST_REFUSED ends: content_length_mismatch multiple_transfer_encoding
      400 counted REQUEST_REFUSED ends: bad_transfer_encoding bad_chunk chunk_extension_too_long
      400 counted REQUEST_REFUSED ends: undefined_transfer_encoding_semantics bad_trailer
      400 counted AMBIGUOUS_ROUTE ends: ambiguous_route
      405 counted REQUEST_REFUSED ends: method_not_allowed
      408 counted REQUEST_REFUSED ends: header_timeout body_timeout body_too_slow
      413 counted REQUEST_REFUSED ends: body_too_large
      414 counted REQUEST_REFUSED ends: uri_too_long
      417 counted REQUEST_REFUSED ends: expectation_failed
      421 counted REQUEST_REFUSED ends: misdirected
      421 - NONE ends: http_1_1_required
      429 counted REQUEST_REFUSED -: too_many_requests
      431 counted REQUEST_REFUSED ends: header_too_large
      499 counted REQUEST_REFUSED ends: read_too_slow
      499 - NONE ends: client_closed
      501 counted REQUEST_REFUSED ends: unknown_transfer_coding upgrade_not_supported
      505 counted REQUEST_REFUSED ends: version_not_supported
      403 counted ACCESS_REFUSED -: client_certificate_required client_certificate_refused
      403 counted ACCESS_REFUSED -: client_certificate_missing client_certificate_not_listed
      403 counted ACCESS_REFUSED -: client_certificate_denied client_certificate_revoked
      403 counted ACCESS_REFUSED -: client_revocation_unknown client_not_listed
      403 counted ACCESS_REFUSED -: client_address_not_allowed
      502 - NONE -: connect_refused unresolved tls_untrusted tls_name_mismatch tls_pin_mismatch
      502 - NONE -: tls_expired tls_weak_key tls_revoked tls_revocation_unknown tls_policy
      502 - NONE -: tls_identity_refused tls_certificate_not_asked tls_handshake local_peer_refused
      502 - NONE -: tls_exception_expired
      502 - NONE -: protocol_mismatch closed_before_response closed_during_response bad_response
      503 - NONE -: tls_certificate_awaited connection_limit request_limit waiting_limit stream_refused
      504 - NONE -: connect_timeout unresponsive response_timeout try_timeout stream_timeout
      404 - NONE -: no_route
      500 - NONE -: internal
      503 - NONE -: no_endpoint maintenance draining
      503 - NONE ends: out_of_memory audit_log_unwritable
      """;

  private static String text(Failure failure) {
    FailureTable.Row row = FailureTable.of(failure);
    return "%d %s %s %s: %s"
        .formatted(
            row.status(),
            row.counted() ? "counted" : "-",
            row.audit(),
            row.ends() ? "ends" : "-",
            failure.flag());
  }

  @Test
  void everyFailureHasItsStatusItsCountAndItsEvent() {
    List<String> expected = new ArrayList<>();
    for (String line : TABLE.lines().toList()) {
      int colon = line.indexOf(':');
      for (String flag : line.substring(colon + 2).split(" ", -1)) {
        expected.add(line.substring(0, colon + 2) + flag);
      }
    }
    assertThat(ALL.stream().filter(failure -> !(failure instanceof Failure.Response)))
        .map(FailureTableTest::text)
        .containsExactlyInAnyOrderElementsOf(expected);
  }

  @Test
  void theRuleThatAResponseBreaksIsABadResponse() {
    assertThat(Failure.Response.values())
        .allSatisfy(
            rule ->
                assertThat(FailureTable.of(rule))
                    .isEqualTo(FailureTable.of(Failure.Upstream.BAD_RESPONSE)));
  }
}
