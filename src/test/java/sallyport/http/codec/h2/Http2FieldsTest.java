package sallyport.http.codec.h2;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.List;
import org.junit.jupiter.api.Test;
import sallyport.config.http.HttpRulesConfig.FieldNames;
import sallyport.net.Failure;

/** What the rows of {@code http2-requests.table} do not show: the fields that come out. */
class Http2FieldsTest {
  private static List<String> cookies(String... crumbs) {
    Http2Headers from = new DefaultHttp2Headers(/* validate= */ false);
    for (String crumb : crumbs) {
      from.add("cookie", crumb);
    }
    return Http2Fields.toHttp1(
            from, /* trailers= */ false, /* max= */ 1, FieldNames.DROP, Failure.Client.BAD_HEADER)
        .getAll("cookie");
  }

  @Test
  void crumbsBecomeOneField() {
    assertThat(cookies("a=b", "c=d")).containsExactly("a=b; c=d");
  }

  @Test
  void emptyCrumbsAreLeftOut() {
    assertThat(cookies("", "a=b", "", "", "c=d", "")).containsExactly("a=b; c=d");
    assertThat(cookies("", "")).isEmpty();
  }
}
