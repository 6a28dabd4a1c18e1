package sallyport.proxy;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import sallyport.proxy.stream.HttpStream;
import sallyport.proxy.stream.PinnedConnections;

/** A client's request stream that takes down what an exchange does to it. */
final class FakeHttpStream implements HttpStream {
  private final EventLoop loop;
  private final PinnedConnections pinned = new PinnedConnections();

  /** What went to the client, in order, without flushes. */
  final List<String> sent = new ArrayList<>();

  boolean shares;
  boolean reading = true;
  boolean writable = true;
  boolean backlog;
  long delivered;
  int flushes;

  FakeHttpStream(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public boolean sharesConnection() {
    return shares;
  }

  @Override
  public PinnedConnections pinned() {
    return pinned;
  }

  @Override
  public void writeInterim(HttpResponse response) {
    sent.add("interim " + response.status().code());
  }

  @Override
  public void writeHead(HttpResponse response, HttpMethod method, boolean wholeRequest) {
    sent.add("head " + response.status().code() + (wholeRequest ? "" : " closing"));
  }

  @Override
  public void writeContent(HttpContent content) {
    sent.add("body " + content.content().toString(StandardCharsets.US_ASCII));
    content.release();
  }

  @Override
  public void writeEnd(LastHttpContent last) {
    sent.add(("end " + last.content().toString(StandardCharsets.US_ASCII)).trim());
    last.release();
  }

  @Override
  public void writeReply(FullHttpResponse response, boolean requestEnded, boolean last) {
    sent.add("reply " + response.status().code() + (last ? " closing" : ""));
    response.release();
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
  public long deliveredBytes() {
    return delivered;
  }

  @Override
  public boolean hasBacklog() {
    return backlog;
  }

  @Override
  public boolean isReading() {
    return reading;
  }

  @Override
  public void setReading(boolean on) {
    reading = on;
  }

  @Override
  public void abort(Abort reason) {
    sent.add("abort " + reason);
  }

  @Override
  public void cut() {
    sent.add("cut");
  }
}
