package sallyport.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import sallyport.connect.stream.ConnectListener;
import sallyport.connect.stream.ExclusiveConnection;
import sallyport.connect.stream.ResponseListener;
import sallyport.http.ReceivedVersion;
import sallyport.net.Failure;

/** A request stream to a backend that takes down what an exchange does to it. */
public final class FakeClientStream implements ExclusiveConnection {
  /** How much of a body is noted as text; of more, only its length is. */
  private static final int SHORT = 64;

  private @Nullable ResponseListener listener;

  /** Waits for it to be idle. */
  public @Nullable ConnectListener next;

  /** What was sent, in order: the request line, the text of each piece, and the end. */
  public final List<String> sent = new ArrayList<>();

  public @Nullable Duration timeout;
  public boolean reused;
  public boolean exclusive = true;
  public boolean writable = true;
  public boolean reading = true;
  public boolean aborted;
  public boolean held;
  public boolean idle;
  public boolean failsOnWrite;
  public int flushes;

  /** The exchange that it carries. */
  public ResponseListener listener() {
    return Objects.requireNonNull(listener);
  }

  // ---- what the backend does

  /** Sends the head of the final response. */
  public void responds(int status) {
    listener()
        .onHead(new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status)));
  }

  /** Sends an interim response. */
  public void interim(int status) {
    listener()
        .onInterim(
            new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status)));
  }

  /** Fails before its response is whole. */
  public void fails(Failure.Upstream failure) {
    listener().onFailure(failure, null);
  }

  /** Lets the time pass that was armed last. */
  public void timesOut() {
    if (listener().awaitsBackend() && listener().givesUp()) {
      fails(Failure.Upstream.RESPONSE_TIMEOUT);
    }
  }

  /** Takes more again. */
  public void drains() {
    writable = true;
    listener().onWritable();
  }

  /** Sends a piece of the body, and no more for now. */
  public void sends(String text) {
    listener().onContent(new DefaultHttpContent(bytes(text)));
    listener().onReadComplete();
  }

  /** Sends the end of the body. */
  public void ends(String text) {
    listener().onEnd(new DefaultLastHttpContent(bytes(text)));
  }

  /** Sends a whole response. */
  public void answers(int status, String text) {
    responds(status);
    ends(text);
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
  }

  // ---- what an exchange does

  @Override
  public void begin(ResponseListener by, HttpMethod method, boolean webSocket) {
    listener = by;
    idle = false;
  }

  @Override
  public boolean reused() {
    return reused;
  }

  @Override
  public String address() {
    return "192.0.2.7:443";
  }

  @Override
  public void write(HttpObject part) {
    if (part instanceof HttpRequest request) {
      sent.add(request.method() + " " + request.uri());
    }
    if (part instanceof LastHttpContent last) {
      sent.add(("end " + text(last) + trailers(last)).trim());
    } else if (part instanceof HttpContent content) {
      sent.add("body " + text(content));
    }
    ReferenceCountUtil.release(part);
    if (failsOnWrite && part instanceof HttpContent) {
      listener().onFailure(Failure.Upstream.CLOSED_BEFORE_RESPONSE, null);
    }
  }

  private static String text(HttpContent content) {
    String text = content.content().toString(StandardCharsets.US_ASCII);
    return text.length() > SHORT ? String.valueOf(text.length()) : text;
  }

  private static String trailers(LastHttpContent last) {
    return last.trailingHeaders().isEmpty() ? "" : " " + last.trailingHeaders().entries();
  }

  @Override
  public void flush() {
    flushes++;
  }

  @Override
  public boolean isWritable() {
    return writable;
  }

  @Override
  public void setReading(boolean on) {
    reading = on;
  }

  @Override
  public void armTimeout(long nanos) {
    timeout = Duration.ofNanos(nanos);
  }

  @Override
  public void abort() {
    aborted = true;
  }

  @Override
  public void release() {
    throw new IllegalStateException("an exchange does not give a stream back");
  }

  @Override
  public ReceivedVersion version(HttpResponse response) {
    return ReceivedVersion.HTTP_1_1;
  }

  @Override
  public @Nullable ExclusiveConnection exclusive() {
    return exclusive ? this : null;
  }

  @Override
  public void hold() {
    held = true;
  }

  @Override
  public boolean isUsable() {
    return !aborted;
  }

  @Override
  public boolean isIdle() {
    return idle;
  }

  @Override
  public void whenIdle(ConnectListener waiting) {
    next = waiting;
  }
}
