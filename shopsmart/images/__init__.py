"""Pictures of products: taken in, checked, made small in several sizes, shown; and a drawing where there is none."""
