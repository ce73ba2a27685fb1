-- One row per product, with its subcategory and category where it has them.
select
    products.ProductID as product_id,
    products.ProductNumber as product_number,
    products.Name as product_name,
    products.Color as color,
    products.StandardCost as standard_cost,
    products.ListPrice as list_price,
    {{ flag_to_int('products.FinishedGoodsFlag') }} as is_finished_good,
    subcategories.ProductSubcategoryID as product_subcategory_id,
    subcategories.Name as subcategory_name,
    categories.Name as category_name,
    products.SellStartDate as sell_start_date,
    products.SellEndDate as sell_end_date,
    products.ModifiedDate as modified_date
from {{ source('production', 'product') }} as products
left join {{ source('production', 'productsubcategory') }} as subcategories
    on products.ProductSubcategoryID = subcategories.ProductSubcategoryID
left join {{ source('production', 'productcategory') }} as categories
    on subcategories.ProductCategoryID = categories.ProductCategoryID
