package sallyport.gateway.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** When resources are closed. */
class ReferencesTest {
  /** Equal to any other of its name. */
  private record Resource(String name) {}

  private final List<Resource> closed = new ArrayList<>();
  private final References<Resource> references = new References<>(closed::add);
  private final Resource first = new Resource("app");
  private final Resource second = new Resource("app");

  @Test
  void theLastUserClosesTheResource() {
    references.retain(List.of(first));
    references.retain(List.of(first));
    references.release(List.of(first));
    assertThat(closed).isEmpty();
    assertThat(references.used()).containsExactly(first);
    references.release(List.of(first));
    assertThat(closed).hasSize(1);
    assertThat(references.used()).isEmpty();
  }

  @Test
  void equalResourcesAreCountedApart() {
    references.retain(List.of(first, second));
    references.release(List.of(second));
    assertThat(closed).singleElement().isSameAs(second);
    assertThat(references.used()).singleElement().isSameAs(first);
  }

  @Test
  void aUserCannotGiveBackTwice() {
    references.retain(List.of(first));
    references.release(List.of(first));
    assertThatThrownBy(() -> references.release(List.of(first)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("app");
    assertThat(closed).hasSize(1);
  }

  @Test
  void theEndClosesEachResourceOnceWhateverItsCount() {
    references.retain(List.of(first, second));
    references.retain(List.of(first));
    references.closeAll();
    references.closeAll();
    assertThat(closed).hasSize(2);
    assertThat(references.used()).isEmpty();
  }
}
