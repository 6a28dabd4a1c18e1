package sallyport.front.h1;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the body of a response ends for a client of HTTP/1 (RFC 9112 section 6.3). */
class Http1FramingTest {
  private static HttpResponse response(
      int status, @Nullable String length, @Nullable String coding, @Nullable String trailer) {
    HttpResponse response =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
    put(response, "content-length", length);
    put(response, "transfer-encoding", coding);
    put(response, "trailer", trailer);
    return response;
  }

  private static void put(HttpResponse response, String name, @Nullable String value) {
    if (value != null) {
      response.headers().set(name, value);
    }
  }

  private static String field(HttpResponse response, String name) {
    return Objects.requireNonNullElse(response.headers().get(name), "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          # status | method | Content-Length | Transfer-Encoding | of 1.0 | framed | length | coding
          200      | GET    | 5              | -                 | false  | true   | 5      | ''
          200      | GET    | 5              | -                 | true   | true   | 5      | ''
          200      | GET    | -              | chunked           | false  | true   | ''     | chunked
          200      | GET    | -              | chunked           | true   | false  | ''     | ''
          200      | GET    | -              | -                 | false  | true   | ''     | chunked
          200      | GET    | -              | -                 | true   | false  | ''     | ''
          200      | HEAD   | -              | -                 | false  | true   | ''     | ''
          200      | HEAD   | 5              | -                 | false  | true   | 5      | ''
          200      | HEAD   | -              | chunked           | false  | true   | ''     | chunked
          200      | HEAD   | -              | chunked           | true   | true   | ''     | ''
          204      | GET    | -              | -                 | false  | true   | ''     | ''
          304      | GET    | -              | -                 | true   | true   | ''     | ''
          304      | GET    | -              | chunked           | true   | true   | ''     | ''
          101      | GET    | -              | -                 | false  | false  | ''     | ''
          """)
  void aBodyEndsAsItsClientCanTell(
      int status,
      String method,
      @Nullable String givenLength,
      @Nullable String givenCoding,
      boolean http10,
      boolean framed,
      String length,
      String coding) {
    HttpResponse response = response(status, givenLength, givenCoding, null);
    assertThat(Http1Framing.frame(response, new HttpMethod(method), http10)).isEqualTo(framed);
    assertThat(field(response, "content-length")).isEqualTo(length);
    assertThat(field(response, "transfer-encoding")).isEqualTo(coding);
  }

  @ParameterizedTest
  @CsvSource({"5, false, ''", "5, true, ''", ", false, x-sum", ", true, ''"})
  void trailersAreAnnouncedWhereChunksCarryThem(
      @Nullable String length, boolean http10, String announced) {
    HttpResponse response = response(200, length, null, "x-sum");
    Http1Framing.frame(response, HttpMethod.GET, http10);
    assertThat(field(response, "trailer")).isEqualTo(announced);
  }
}
